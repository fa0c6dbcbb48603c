"""Whether the database answers, and has the schema this code expects."""

from functools import cache

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import Database
from db.migrate import current_revision, newest_revision


async def reach(database: Database) -> str:
    """`ok`, or why the database does not answer."""
    try:
        async with database.begin() as tx:
            await tx.execute(text("select 1"))
    except SQLAlchemyError as error:
        return _reason(error)
    return "ok"


async def migrations(database: Database) -> str:
    """`ok`, or how the schema differs from what this code expects."""
    try:
        async with database.begin() as tx:
            current = await tx.run_sync(current_revision)
    except SQLAlchemyError as error:
        return _reason(error)
    if current == _newest():
        return "ok"
    return f"the schema is at {current or 'nothing'}, this code expects {_newest()}; run: backoffice migrate"


def _reason(error: SQLAlchemyError) -> str:
    """The first line of an error, without the statement."""
    return (str(getattr(error, "orig", None) or error).splitlines() or ["no answer"])[0][:200]


@cache
def _newest() -> str:
    """The newest revision of this code; reading the folder once is enough."""
    return newest_revision()
