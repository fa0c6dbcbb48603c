"""A whole stack as processes, and a hand that kills its parts: the supervisor brings them back."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

PATIENCE_SECONDS = 120
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("BACKOFFICE_", "DATABASE_", "STRIPE_", "TEMPORAL_"))
}


@dataclass
class Stack:
    """`backoffice dev` on one data directory, and how many parts were killed."""

    data: Path
    process: "subprocess.Popen[bytes]"
    killed: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def running(cls, data: Path) -> "Iterator[Stack]":
        """The stack, whole; it ends with the block, also when it never became whole."""
        command = [sys.executable, "-m", "cli.main", "dev", "--data", str(data)]
        with (data / "said").open("wb") as said:
            stack = cls(data, subprocess.Popen(command, env=CLEAN, stdout=said, stderr=said))
        try:
            until(lambda: stack.told().get("api_url"), "the stack to be whole")
            yield stack
        finally:
            stack.stop()
            print(f"killed {stack.killed}\n{stack.said()}")

    def told(self) -> dict[str, Any]:
        """What dev.json says now; empty while it is away."""
        try:
            return dict(json.loads((self.data / "dev.json").read_text()))
        except (OSError, ValueError):
            return {}

    def kill(self, part: str) -> None:
        """SIGKILL to a part and everything below it, once it lives: another one's death may have taken it along."""
        found = until(lambda: self._living(part), f"{part} to live")
        for process in (found, *found.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.killed.append(part)

    def _living(self, part: str) -> psutil.Process | None:
        with suppress(psutil.NoSuchProcess, KeyError):
            return psutil.Process(self.told()["pids"][part])
        return None

    def call(self, method: str, path: str, **facts: Any) -> Any:
        """Asks the API until it answers: a part that is down comes back."""
        return until(lambda: self._tried(method, path, facts), f"{method} {path} to be answered")

    def _tried(self, method: str, path: str, facts: dict[str, Any]) -> Any:
        told = self.told()
        if not told:
            return None
        try:
            headers = {"Authorization": f"Bearer {told['admin_api_key']}", **facts.get("headers", {})}
            rest = {name: value for name, value in facts.items() if name != "headers"}
            answer = httpx.request(method, told["api_url"] + path, headers=headers, timeout=20, **rest)
        except httpx.TransportError:
            return None
        if answer.status_code >= 500:
            return None
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A `backoffice` command on this stack."""
        command = [sys.executable, "-m", "cli.main", *words, "--data", str(self.data)]
        return subprocess.run(
            command, env=CLEAN, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )

    def said(self) -> str:
        """The stack's log without its everyday answers."""
        lines = (self.data / "said").read_text().splitlines()
        return "\n".join([line for line in lines if '"status": 200' not in line][-80:])

    def stop(self) -> None:
        """Ends the stack in order."""
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        finally:
            self.process.kill()


def until(
    asked: Callable[[], Any],
    what: str,
    *,
    seconds: int = PATIENCE_SECONDS,
    otherwise: Callable[[], str] = str,
) -> Any:
    """The first answer that is not empty; fails after a generous while with what `otherwise` tells."""
    deadline = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < deadline, f"waited in vain for {what}: {otherwise()}"
        time.sleep(0.1)
    return found
