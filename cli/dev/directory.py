"""The data directory of one development stack: who holds it, what it contains, how others find the stack."""

import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from typing import TextIO

OURS = (
    "postgres",
    "postgres.half",
    "postgres.pw",
    "postgres.password",
    "temporal",
    "sandbox",
    "run",
    "logs",
    "worker.ready",
    "dev.json",
    "dev.half",
)
LEFTOVER_SECONDS = 15


class DirectoryInUse(Exception):
    """Another supervisor works on the same data directory."""


class Directory:
    """`<data>/`; hold it before anything else is touched."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.announcement = self.path / "dev.json"
        self._lock: TextIO | None = None

    def hold(self) -> int:
        """Take the directory for this process and return the lock's descriptor, for the guard to share.

        A killed supervisor's guard holds it until the programs it left have ended; that is waited for.

        Raises:
            DirectoryInUse: when a living supervisor has it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "lock").open("a+")
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while not _locked(lock):
            lock.seek(0)
            holder = lock.read().strip()
            if _lives(holder) or time.monotonic() > deadline:
                lock.close()
                raise DirectoryInUse(
                    f"process {holder or '?'} already runs the stack in {self.path}; stop it first, "
                    "or choose another directory with --data"
                )
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self.withdraw()
        return lock.fileno()

    def clear(self) -> None:
        """Delete what earlier runs stored; anything that is not ours stays."""
        for name in OURS:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def announce(self, facts: dict[str, object]) -> None:
        """Write dev.json in one step: readers see all of it or nothing. It holds a password: owner only."""
        half = self.announcement.with_suffix(".half")
        half.touch(mode=0o600)
        half.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        half.replace(self.announcement)

    def withdraw(self) -> None:
        """Remove dev.json: the stack is not (or no longer) whole."""
        self.announcement.unlink(missing_ok=True)


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(process: str) -> bool:
    try:
        state = Path(f"/proc/{int(process)}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return False
    return state not in "ZX"
