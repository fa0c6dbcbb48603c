"""Programs the supervisor starts, and one that is running."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.dev.console import Console

LEASH = str(Path(__file__).with_name("leash.py"))
QUICK_PYTHON = (sys.executable, "-I", "-S")


class CannotStart(Exception):
    """A part did not come up, or keeps dying; the message shows the last it said."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A long-running part: how to start it, when it is healthy, how it wants to be told to stop.

    `needs` names the parts that must be ready before. `owner` is the (uid, gid) it runs as.
    A wordy program's lines go to its log file only.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    owner: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_seconds: float = 60
    wordy: bool = False
    stop_seconds: float = 20


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something done once between programs, such as the migrations; raises CannotStart when it fails."""

    name: str
    run: Callable[[], Coroutine[None, None, None]]
    needs: tuple[str, ...] = ()


class Guard:
    """The small process that ends every program when the supervisor is killed without a chance to."""

    def __init__(self, announcement: Path, shared_descriptor: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 — our own file, no outside input
            [*QUICK_PYTHON, LEASH, "guard", str(announcement)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=(shared_descriptor,),
        )

    def add(self, group: int, ending: int) -> None:
        """Watch over process group `group`, to be ended with signal `ending`."""
        self._tell(f"+{group} {ending}\n")

    def remove(self, group: int) -> None:
        """The group has ended."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Nothing runs any more."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write(line)
                pipe.flush()


class Child:
    """A started program, in a process group of its own; its output goes to the console line by line."""

    def __init__(
        self,
        program: Program,
        process: asyncio.subprocess.Process,
        output: int,
        console: Console,
        guard: Guard,
    ) -> None:
        self.program = program
        self.pid = process.pid
        self.stopping = False
        self._process = process
        self._console = console
        self._guard = guard
        self._reading = asyncio.create_task(self._read(output))

    @classmethod
    async def start(cls, program: Program, console: Console, guard: Guard) -> "Child":
        """Start the program, leashed to this process."""
        program.before()
        owner = "-" if program.owner is None else f"{program.owner[0]}:{program.owner[1]}"
        leash = [*QUICK_PYTHON, LEASH, "run", str(os.getpid()), owner, str(int(program.stop_signal)), "--"]
        # A pipe of our own: asyncio's would make waiting for the program wait for whatever it left running.
        ours, theirs = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *leash,
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **program.environment},
            start_new_session=True,
        )
        os.close(theirs)
        guard.add(process.pid, int(program.stop_signal))
        return cls(program, process, ours, console, guard)

    async def ended(self) -> int:
        """Wait for its end, clear away what it left running, and return its exit status."""
        status = await self._process.wait()
        self._signal_group(signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._reading), 2)
        self._guard.remove(self.pid)
        return status

    async def stop(self) -> None:
        """Ask it to stop; kill it when it does not within its time. `ended` still has to be awaited."""
        self.stopping = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), self.program.stop_seconds)
        except TimeoutError:
            self._console.say(
                f"{self.program.name} did not stop in {self.program.stop_seconds:.0f} s and was killed"
            )
            self.kill()

    def kill(self) -> None:
        """End it and everything it started at once."""
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def _read(self, output: int) -> None:
        rest = b""
        stream = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(stream)
        with os.fdopen(output, "rb") as pipe:
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
            while chunk := await stream.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._show(line)
            transport.close()
        if rest:
            self._show(rest)

    def _show(self, line: bytes) -> None:
        self._console.line(
            self.program.name,
            line.decode("utf-8", "replace").rstrip(),
            hidden=self.stopping or self.program.wordy,
        )


async def complete(program: Program, console: Console, guard: Guard) -> None:
    """Run a short program to its end.

    Raises:
        CannotStart: when it fails.
    """
    child = await Child.start(program, console, guard)
    try:
        status = await child.ended()
    except asyncio.CancelledError:
        child.kill()
        await child.ended()
        raise
    if status != 0:
        raise CannotStart(failure(program.name, f"failed ({meaning(status)})", console))


def meaning(status: int) -> str:
    """An exit status in words."""
    return f"exit status {status}" if status >= 0 else f"ended by {signal.Signals(-status).name}"


def failure(name: str, what: str, console: Console) -> str:
    """The message of a part that failed, with its last lines and where the rest is."""
    lines = "".join(f"\n    {line}" for line in console.last(name)[-15:])
    return (
        f"{name} {what}.{' Its last lines:' if lines else ''}{lines}\n  The whole log: {console.path(name)}"
    )
