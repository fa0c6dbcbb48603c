"""The account PostgreSQL runs under when we are root, and its way to the files."""

import contextlib
import os
import pwd
import subprocess
from pathlib import Path

ACCOUNTS = ("postgres", "pgserver", "backoffice-dev")


def owner_of(cluster: Path) -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: the account that owns the data, or a known one, or a new one."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid, cluster.stat().st_gid
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return _account(name)
    command = ["/usr/sbin/useradd", "--system", "--no-create-home", ACCOUNTS[-1]]
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 — a fixed command
    with contextlib.suppress(KeyError):
        return _account(ACCOUNTS[-1])
    return _account("nobody")


def open_way(path: Path) -> None:
    """Let other accounts pass through (not list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode if folder.exists() else 0o001
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def open_all(installed: Path) -> None:
    """Let other accounts read the installation, which a strict umask may have closed."""
    for folder, _, files in os.walk(installed):
        for path in (Path(folder), *(Path(folder, file) for file in files)):
            mode = path.stat().st_mode
            wanted = mode | 0o004 | (0o001 if mode & 0o100 else 0)
            if wanted != mode:
                path.chmod(wanted)


def _account(name: str) -> tuple[int, int]:
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid
