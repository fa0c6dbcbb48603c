"""What a measurement runs against: a durable PostgreSQL of its own and one API process, both ended with it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

from db.engine import Database
from db.migrate import migrate
from tests.postgres import TestPostgres

# As in production: every commit reaches the disk.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "work_mem": "32MB",
}


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a migrated database on a server that keeps its promises."""
    server = TestPostgres.start(on_disk=True, **DURABLE)
    try:
        migrate(server.url)
        yield server.url
    finally:
        server.stop()


@contextmanager
def api(database_url: str, **environment: str) -> Iterator[int]:
    """The port of one API process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    told = {"DATABASE_URL": database_url, "BACKOFFICE_PORT": str(port), "BACKOFFICE_LOG_LEVEL": "error"}
    command = [sys.executable, "-c", "from cli.serve import serve; serve()"]
    process = subprocess.Popen(
        command, env={**os.environ, "TEMPORAL_ADDRESS": "127.0.0.1:9", **told, **environment}
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the API did not start")


def open_database(url: str) -> Database:
    """A pool for preparing and checking."""
    return Database.open(url, pool_size=2)
