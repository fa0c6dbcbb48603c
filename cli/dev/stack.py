"""The parts of a development stack and what they need of each other."""

import asyncio
import os
import sys
from dataclasses import dataclass, replace

from cli.dev.console import Console
from cli.dev.plan import Plan
from cli.dev.probes import answers, exists, reachable
from cli.dev.program import CannotStart, Guard, Program, Step, complete
from gateways.settings import SANDBOX_WEBHOOK_SECRET

PYTHON = (sys.executable, "-P", "-m")
OUTSIDE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What dev.json says about a whole stack. `pids` are by part, and the supervisor's."""

    api_url: str
    console_url: str
    temporal_address: str
    temporal_ui_url: str | None
    stripe_sandbox_url: str | None
    outbox_url: str
    admin_email: str
    admin_password: str
    admin_api_key: str
    database_url: str
    pids: dict[str, int]


class Stack:
    """Turns a plan into parts for the supervisor."""

    def __init__(self, plan: Plan, console: Console, guard: Guard) -> None:
        self._plan = plan
        self._console = console
        self._guard = guard
        self._admin: tuple[str, str, str] = ("", "", "")

    def parts(self) -> list[Program | Step]:
        """Everything to start; the supervisor orders it by needs."""
        parts = [Step(name="migrate", run=self._migrate, needs=("postgres",))]
        return [*self._servers(), *parts, self._make_admin_step(), self._worker(), self._api()]

    def announcement(self, pids: dict[str, int]) -> Announcement:
        """How the stack is reached, once it is whole."""
        plan, (email, password, api_key) = self._plan, self._admin
        return Announcement(
            api_url=plan.api_url,
            console_url=plan.settings.public_url,
            temporal_address=plan.settings.temporal.address,
            temporal_ui_url=plan.settings.temporal.ui_url,
            stripe_sandbox_url=plan.sandbox_url,
            outbox_url=f"{plan.settings.public_url}/console/outbox",
            admin_email=email,
            admin_password=password,
            admin_api_key=api_key,
            database_url=plan.settings.database_url,
            pids={"supervisor": os.getpid(), **pids},
        )

    def _servers(self) -> list[Program | Step]:
        plan = self._plan
        return [
            Step(name="initdb", run=self._make_cluster),
            plan.postgres.program() if plan.postgres else Step(name="postgres", run=_nothing),
            plan.temporal.program() if plan.temporal else Step(name="temporal", run=self._await_temporal),
            self._sandbox(plan.sandbox_port) if plan.sandbox_port else Step(name="sandbox", run=_nothing),
        ]

    def _make_admin_step(self) -> Step:
        return Step(name="admin", run=self._make_admin, needs=("migrate",))

    async def _complete(self, program: Program) -> None:
        await complete(program, self._console, self._guard)

    async def _make_cluster(self) -> None:
        if self._plan.postgres:
            await self._plan.postgres.make(self._complete)

    async def _migrate(self) -> None:
        if self._plan.postgres:
            await self._plan.postgres.create_database()
        await self._complete(self._python("migrate", "cli.main", "migrate"))

    async def _await_temporal(self) -> None:
        address = self._plan.settings.temporal.address
        for _ in range(OUTSIDE_SECONDS):
            if await reachable(address):
                return
            await asyncio.sleep(1)
        raise CannotStart(f"nothing answers at TEMPORAL_ADDRESS {address}; check the address and the network")

    async def _make_admin(self) -> None:
        from cli.admin import ensure_development_admin

        made = await asyncio.to_thread(ensure_development_admin, self._plan.settings)
        self._admin = (made.email, made.password, made.api_key)

    def _python(self, name: str, module: str, *options: str) -> Program:
        command = (*PYTHON, module, *options)
        return Program(name=name, command=command, ready=_always, environment=self._plan.told)

    def _sandbox(self, port: int) -> Program:
        file = self._plan.data / "sandbox" / "stripe.sqlite"
        file.parent.mkdir(parents=True, exist_ok=True)
        webhook = ("--webhook-url", f"{self._plan.api_url}/v1/webhooks/stripe")
        options = (
            "--port",
            str(port),
            "--data",
            str(file),
            *webhook,
            "--webhook-secret",
            SANDBOX_WEBHOOK_SECRET,
        )
        program = self._python("sandbox", "sandbox", *options)
        return replace(program, ready=answers(f"http://127.0.0.1:{port}/", below=500))

    def _worker(self) -> Program:
        ready_file = self._plan.data / "worker.ready"
        program = self._python("worker", "worker", "--ready-file", str(ready_file))
        return replace(
            program,
            ready=exists(ready_file),
            before=lambda: ready_file.unlink(missing_ok=True),
            needs=("migrate", "temporal", "sandbox"),
            stop_seconds=25,  # it lets steps finish for twenty
        )

    def _api(self) -> Program:
        program = self._python("api", "cli.main", "api")
        whole = answers(f"{self._plan.api_url}/readyz?whole=true", below=300)
        return replace(program, ready=whole, needs=("migrate", "temporal"))


async def _always() -> bool:
    return True


async def _nothing() -> None:
    """Somebody else runs this part."""
