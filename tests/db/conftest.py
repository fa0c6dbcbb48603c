"""Usage that comes in, and what the tables hold then."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from db.engine import Database
from db.usage.intake import Intake
from tests.world import NOON, Line

PRICE = 2_800_000  # 1000 input at $2 and 100 output at $8 per million, in nanos


@pytest.fixture
async def intake(database: Database) -> AsyncIterator[Intake]:
    """The intake, until the test ends."""
    intake = await Intake.open(database.url)
    yield intake
    await intake.close()


async def take(intake: Intake, *lines: Line) -> list[tuple[int, str]]:
    """Takes the lines in at noon; gives the verdicts."""
    months = frozenset((line.occurred_at.year, line.occurred_at.month) for line in lines)
    return await intake.take_in([str(line) for line in lines], [], months, now=NOON)


async def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    """What a query finds."""
    async with database.begin() as tx:
        return [tuple(row) for row in await tx.execute(text(sql))]
