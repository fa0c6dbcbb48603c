"""Waiting until the database says that somebody waits, so that tests of two at once need no clock."""

import asyncio

import psycopg


async def somebody_waits_for_a_lock(database_url: str) -> None:
    """Returns once a connection to this database waits for a lock that another holds."""
    waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        for _ in range(3_000):
            if (await connection.execute(waiting)).rowcount:
                return
            await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
