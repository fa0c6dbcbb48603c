"""Run by path, as its own small process: binds the life of started programs to the supervisor's.

`leash.py run PARENT UID:GID SIGNAL -- COMMAND…` becomes COMMAND, which the kernel signals when PARENT dies.
`leash.py guard FILE` reads `+GROUP SIGNAL` and `-GROUP` lines. When its input ends with programs left, because the
supervisor was killed, it removes FILE (the announcement of a whole stack), signals every program still named, kills
what a program leaves running when it ends, and after ten seconds the programs that have not ended.
It imports the standard library only, so that it starts in a few milliseconds.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 10


def run(parent: int, owner: str, ending: int, command: list[str]) -> None:
    """Become `command` as `owner` ("UID:GID", "-" to keep), to be sent `ending` when `parent` dies."""
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user: the kernel forgets the wish when credentials change.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, ending)
    if os.getppid() != parent:
        sys.exit(f"the supervisor {parent} is gone")
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(
            ignored, signal.SIG_DFL
        )  # Python ignores them, and a started program would inherit that
    os.execvp(command[0], command)  # noqa: S606 — no shell on purpose


def guard(announcement: Path) -> None:
    """Wait for the supervisor's end and let nothing it started, or said, outlive it."""
    groups: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            group, ending = line[1:].split()
            groups[int(group)] = int(ending)
        else:
            groups.pop(int(line[1:]), None)
    announcement.unlink(missing_ok=True)
    for leader, ending in groups.items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, ending)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := living(set(groups)):
        for group in left:
            if time.monotonic() > deadline or not _runs(group):
                _kill(group)
        time.sleep(0.02)


def living(groups: set[int]) -> set[int]:
    """Those of `groups` that still have a process which is not a zombie."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, group = stat.read_text().rpartition(")")[2].split()[:3]
            if state not in "ZX":
                found.add(int(group))
    return found & groups


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "guard":
        guard(Path(sys.argv[2]))
    else:
        run(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[6:])
