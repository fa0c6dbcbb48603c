"""News that a key was revoked, has a new end, or that an organization's state changed: told by the database itself."""

import asyncio
from collections.abc import Callable

import structlog
from psycopg import AsyncConnection, Error

from db.engine import Database

_CHANNEL = "backoffice_keys"
_QUIET_SECONDS = 30.0
_RETRY_SECONDS = 1.0
log = structlog.get_logger(__name__)


async def follow(database: Database, told: Callable[[], None]) -> None:
    """Calls `told` after every change, and whenever news may have been missed; until cancelled.

    It keeps one connection of its own. Through a pooler that does not pass LISTEN on, nothing is heard.
    """
    while True:
        try:
            await _listen(database.url, told)
        except Error as fault:
            log.warning("news of API keys is not heard", reason=str(fault))
        told()
        await asyncio.sleep(_RETRY_SECONDS)


async def _listen(url: str, told: Callable[[], None]) -> None:
    """Listens on one connection until it breaks; a quiet one is asked whether it still stands."""
    options = "-c role=backoffice_app"
    async with await AsyncConnection.connect(url, autocommit=True, options=options) as connection:
        await connection.execute(f"listen {_CHANNEL}")
        told()
        while True:
            async for _ in connection.notifies(timeout=_QUIET_SECONDS):
                told()
            await connection.execute("select 1")
