"""What every test may ask for: a database of its own, cloned from a migrated template."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator

import hypothesis
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from db.engine import Database
from db.migrate import migrate
from tests.network import loopback_only
from tests.postgres import TestPostgres

_SERVER = "BACKOFFICE_TEST_POSTGRES"
_TEMPLATE = "backoffice_template"
# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def _named(server_url: str, database: str) -> str:
    return f"{server_url.rsplit('/', 1)[0]}/{database}"


def pytest_configure(config: pytest.Config) -> None:
    """Starts one PostgreSQL for the whole run, before any worker process of pytest-xdist."""
    if _SERVER in os.environ or hasattr(config, "workerinput"):
        return
    server = TestPostgres.start()
    config.add_cleanup(server.stop)
    os.environ[_SERVER] = server.url
    config.add_cleanup(lambda: os.environ.__delitem__(_SERVER))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(SQL("create database {}").format(Identifier(_TEMPLATE)))
    migrate(_named(server.url, _TEMPLATE))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            SQL("alter database {} is_template true allow_connections false").format(Identifier(_TEMPLATE))
        )


@pytest.fixture(scope="session", autouse=True)
def nobody_outside() -> Iterator[None]:
    """Sockets are closed except loopback."""
    with loopback_only():
        yield


@pytest.fixture
def empty_database_url() -> Iterator[str]:
    """The URL (as its owner) of a database without any table."""
    yield from _made("template1")


@pytest.fixture
def database_url() -> Iterator[str]:
    """The URL (as its owner) of a fresh, migrated database."""
    yield from _made(_TEMPLATE)


def _made(template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    server_url = os.environ[_SERVER]
    with psycopg.connect(server_url, autocommit=True) as connection:
        # Copying files takes a sixth of the time that writing every page to the log takes.
        clone = SQL("create database {} template {} strategy file_copy")
        connection.execute(clone.format(Identifier(name), Identifier(template)))
    yield _named(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database under the application's role."""
    database = Database.open(database_url, pool_size=8)
    try:
        yield database
    finally:
        await database.close()
