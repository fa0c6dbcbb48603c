"""Starts parts as soon as what they need is ready, keeps them alive, and stops them in the opposite order."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cli.dev.console import Console
from cli.dev.program import CannotStart, Child, Guard, Program, Step, failure, meaning

FIRST_PAUSE_SECONDS = 0.2
STEADY_SECONDS = 5.0
MOST_QUICK_DEATHS = 5
POLL_SECONDS = 0.05


class Supervisor:
    """One task per part holds its whole life, so that starting, dying and stopping cannot overlap."""

    def __init__(self, parts: Sequence[Program | Step], console: Console, guard: Guard) -> None:
        self._parts = {part.name: part for part in parts}
        self._console = console
        self._guard = guard
        self._ready = {name: asyncio.Event() for name in self._parts}
        self._turn_to_stop = {name: asyncio.Event() for name in self._parts}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._children: dict[str, Child] = {}
        self._began = time.monotonic()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def pids(self) -> dict[str, int]:
        """The process of each living program."""
        return {name: child.pid for name, child in self._children.items()}

    async def start(self) -> None:
        """Start everything and return when all is healthy.

        Raises:
            CannotStart: when a part does not come up.
        """
        for name, part in self._parts.items():
            life = self._keep(part) if isinstance(part, Program) else self._do(part)
            self._tasks[name] = asyncio.create_task(life, name=name)
            self._tasks[name].add_done_callback(self._heed)
        whole = asyncio.create_task(self._after(list(self._parts)))
        try:
            await asyncio.wait([whole, self.failed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            whole.cancel()
        if self.failed.done():
            self.failed.result()

    async def stop(self) -> None:
        """Stop every part, those that need others before those."""
        await asyncio.gather(*(self._stop(name) for name in self._parts))
        if not self.failed.done():
            self.failed.cancel()

    async def _stop(self, name: str) -> None:
        dependents = [other.name for other in self._parts.values() if name in other.needs]
        await asyncio.gather(*(self._finished(other) for other in dependents))
        self._turn_to_stop[name].set()
        await self._finished(name)

    async def _finished(self, name: str) -> None:
        task = self._tasks.get(name)
        if task is not None:
            await asyncio.wait([task])

    async def _do(self, step: Step) -> None:
        if not await self._unless_stopping(step.name, self._after(step.needs)):
            return
        began = time.monotonic()
        if await self._unless_stopping(step.name, step.run()):
            self._now_ready(step.name, f"done in {time.monotonic() - began:.1f} s")

    async def _keep(self, program: Program) -> None:
        if not await self._unless_stopping(program.name, self._after(program.needs)):
            return
        deaths = 0
        while True:
            child = await Child.start(program, self._console, self._guard)
            self._children[program.name] = child
            steady_from = await self._attend(child)
            del self._children[program.name]
            if self._turn_to_stop[program.name].is_set():
                return
            deaths = deaths + 1 if time.monotonic() < steady_from else 1
            if deaths >= MOST_QUICK_DEATHS:
                words = f"keeps dying ({deaths} times in a row)"
                raise CannotStart(failure(program.name, words, self._console))
            pause = FIRST_PAUSE_SECONDS * 2 ** (deaths - 1)
            self._console.say(f"{program.name} is started again in {pause:.1f} s")
            if not await self._unless_stopping(program.name, asyncio.sleep(pause)):
                return

    async def _attend(self, child: Child) -> float:
        """Be with a child until it has ended; answers from when on its life counts as a steady one."""
        name, began = child.program.name, time.monotonic()
        steady_from = float("inf")
        end = asyncio.create_task(child.ended())
        if await self._healthy(child, end):
            self._now_ready(name, f"ready in {time.monotonic() - began:.1f} s")
            steady_from = time.monotonic() + STEADY_SECONDS
            await self._unless_stopping(name, asyncio.shield(end))
        if self._turn_to_stop[name].is_set():
            await child.stop()
        elif not end.done():
            self._console.say(f"{name} was not healthy after {child.program.ready_seconds:.0f} s")
            child.kill()
        status = await end
        if not self._turn_to_stop[name].is_set():
            self._console.say(f"{name} died ({meaning(status)})")
        return steady_from

    async def _healthy(self, child: Child, end: asyncio.Task[int]) -> bool:
        deadline = time.monotonic() + child.program.ready_seconds
        turn = self._turn_to_stop[child.program.name]
        while not (end.done() or turn.is_set()) and time.monotonic() < deadline:
            if await child.program.ready():
                return not end.done()
            await asyncio.wait([end], timeout=POLL_SECONDS)
        return False

    async def _after(self, needs: Sequence[str]) -> None:
        for name in needs:
            await self._ready[name].wait()

    async def _unless_stopping(self, name: str, work: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> bool:
        """Await `work`, giving it up when it is this part's turn to stop; False when it was."""
        doing = asyncio.ensure_future(work)
        turn = asyncio.create_task(self._turn_to_stop[name].wait())
        await asyncio.wait([doing, turn], return_when=asyncio.FIRST_COMPLETED)
        turn.cancel()
        if doing.done():
            doing.result()
            return not self._turn_to_stop[name].is_set()
        doing.cancel()
        await asyncio.wait([doing])
        return False

    def _now_ready(self, name: str, words: str) -> None:
        again = self._ready[name].is_set()
        self._ready[name].set()
        self._console.say(
            f"{name} {words}{' again' if again else ''} (at {time.monotonic() - self._began:.1f} s)"
        )
        self.on_change()

    def _heed(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failed.done():
            self.failed.set_exception(error)
