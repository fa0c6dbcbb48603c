"""One run of the stack, from taking the data directory to giving it back."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.dev.console import Console
from cli.dev.directory import Directory, DirectoryInUse
from cli.dev.plan import Plan
from cli.dev.ports import PortTaken
from cli.dev.program import CannotStart, Guard, Program, Step
from cli.dev.stack import Announcement, Stack
from cli.dev.supervisor import Supervisor
from gateways.settings import BadSettings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
IMPATIENT_SECONDS = 2.0

Job = Callable[[Announcement], Coroutine[None, None, int]]
Assembly = tuple[Sequence[Program | Step], Callable[[dict[str, int]], Announcement]]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What one run was asked for. Quiet leaves the programs' lines to `<data>/logs`."""

    data: Path = Path(".backoffice")
    fresh: bool = False
    port: int | None = None
    quiet: bool = False


Assemble = Callable[[Options, Directory, Console, Guard], Assembly]


def assemble(options: Options, directory: Directory, console: Console, guard: Guard) -> Assembly:
    """The parts of the whole product, and the words that announce it."""
    plan = Plan(directory.path, os.environ, options.port, coloured=console.coloured)
    stack = Stack(plan, console, guard)
    return stack.parts(), stack.announcement


def run(
    options: Options, job: Job | None = None, *, once: bool = False, assemble: Assemble = assemble
) -> int:
    """Run the stack until told to stop; answers the exit status, every fault printed with its remedy.

    `job` runs beside it when all is healthy. The stack ends with a job that answers other than 0, and with
    `once` in any case; otherwise it stays after the job.
    """
    try:
        return asyncio.run(_run(options, job, assemble, once=once))
    except (BadSettings, CannotStart, DirectoryInUse, PortTaken) as error:
        print(f"backoffice: {error}", file=sys.stderr)
    except PermissionError as error:
        words = "the data belong to another account; run as that one, or choose another directory with --data"
        print(f"backoffice: {error}: {words}", file=sys.stderr)
    return 1


async def _run(options: Options, job: Job | None, assemble: Assemble, *, once: bool) -> int:
    directory = Directory(options.data)
    guard = Guard(directory.announcement, directory.hold())
    if options.fresh:
        directory.clear()
    console = Console(directory.path / "logs", quiet=options.quiet)
    try:
        parts, announcement = assemble(options, directory, console, guard)
        session = Session(directory, console, Supervisor(parts, console, guard), announcement)
        return await session.live(job, once=once)
    finally:
        guard.close()
        console.close()


class Session:
    """A supervisor whose stack is announced while it is whole, with a job beside it."""

    def __init__(
        self,
        directory: Directory,
        console: Console,
        supervisor: Supervisor,
        announcement: Callable[[dict[str, int]], Announcement],
    ) -> None:
        self._directory = directory
        self._console = console
        self._supervisor = supervisor
        self._announcement = announcement
        self._stop = asyncio.Event()
        self._told_at = 0.0

    async def live(self, job: Job | None, *, once: bool) -> int:
        """Start, announce, work, wait for the end, stop; answers the exit status."""
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._told_to_stop)
        stopped = asyncio.create_task(self._stop.wait())
        work = asyncio.create_task(self._work(job, once=once))
        try:
            await asyncio.wait([stopped, work, self._supervisor.failed], return_when=asyncio.FIRST_COMPLETED)
            if self._supervisor.failed.done():
                self._supervisor.failed.result()
            return work.result() if work.done() else 0
        finally:
            await self._end(work, stopped)

    async def _work(self, job: Job | None, *, once: bool) -> int:
        """Bring the stack up and do the job; ends only when the stack shall end."""
        began = time.monotonic()
        await self._supervisor.start()
        self._announce()
        self._supervisor.on_change = self._announce
        self._console.say(f"everything is healthy after {time.monotonic() - began:.1f} s")
        self._welcome()
        status = await job(self._announcement(self._supervisor.pids)) if job else 0
        if status == 0 and not once:
            await self._stop.wait()
        return status

    async def _end(self, *tasks: asyncio.Task[int] | asyncio.Task[bool]) -> None:
        self._directory.withdraw()
        self._supervisor.on_change = lambda: None
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        self._console.say("stopping")
        began = time.monotonic()
        await self._supervisor.stop()
        self._console.say(f"everything has stopped after {time.monotonic() - began:.1f} s")

    def _told_to_stop(self) -> None:
        """Stop in order; a second wish well after the first leaves the ending to the guard, which kills."""
        now = time.monotonic()
        if not self._stop.is_set():
            self._told_at = now
            self._stop.set()
        elif now - self._told_at > IMPATIENT_SECONDS:
            os._exit(130)

    def _announce(self) -> None:
        facts: dict[str, object] = {**asdict(self._announcement(self._supervisor.pids))}
        self._directory.announce(facts)

    def _welcome(self) -> None:
        told = self._announcement({})
        for label, value in (
            ("console", told.console_url),
            ("sign in", f"{told.admin_email}  {told.admin_password}"),
            ("API key", told.admin_api_key),
            ("Temporal", told.temporal_ui_url),
            ("Stripe", told.stripe_sandbox_url or "the account of STRIPE_API_KEY"),
            ("outbox", told.outbox_url),
            ("facts", str(self._directory.announcement)),
        ):
            self._console.say(f"  {label:<9} {value or '-'}")
