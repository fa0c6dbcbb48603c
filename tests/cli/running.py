"""A supervisor as a process: started, asked, killed, looked after."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PATIENCE_SECONDS = 90.0


@dataclass
class Running:
    """A toy stack on `data`; `process` is its supervisor."""

    data: Path
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, data: Path, *words: str) -> "Running":
        command = [sys.executable, "-m", "tests.cli.toy_stack", str(data), *words]
        return cls(
            data, subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        )

    def whole(self) -> dict[str, Any]:
        """Wait for dev.json and return it."""
        until((self.data / "dev.json").exists)
        return dict(json.loads((self.data / "dev.json").read_text()))

    def started(self) -> list[int]:
        """Every process, grandchildren too, that any program of the stack ever was."""
        file = self.data / "started"
        return [int(pid) for pid in file.read_text().split()] if file.exists() else []

    def end(self) -> str:
        """Wait for the supervisor's end and return all it said."""
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return said


def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`; fails after a generous while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """True for a process that runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
