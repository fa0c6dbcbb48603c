"""The roll-ups hold each committed record exactly once, whatever repeats, crashes or runs at the same time."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from activities.prices import publish
from activities.quarantine import Quarantine
from activities.rollups import RollupPump, rebuild, verify
from db import rollups
from db.engine import Database
from domain.audit import SYSTEM
from domain.quarantine import ReleaseScope
from tests.usage import NOON, Use, a_price, report


def uses(organization_id: UUID, count: int, prefix: str = "r") -> list[Use]:
    """Records of several hours, users, keys and bots, some of them errors, some without a user."""
    return [
        Use(
            id=f"{prefix}{number}",
            organization_id=organization_id,
            occurred_at=NOON - timedelta(minutes=37 * number),
            end_user=f"user-{number % 3}" if number % 4 else "",
            api_key_id=f"key-{number % 2}",
            bot_id="bot",
            status="timeout" if number % 5 == 0 else "ok",
            duration_ms=None if number % 7 == 0 else 100 + number,
        )
        for number in range(count)
    ]


async def folded(database: Database) -> int:
    pump, rounds = RollupPump(database), 0
    while await pump.run_once():
        rounds += 1
    return rounds


async def total(database: Database, table: str = "usage_by_hour") -> int:
    async with database.begin() as tx:
        return (
            await tx.execute(text(f"select coalesce(sum(requests), 0)::bigint from {table}"))
        ).scalar_one()


async def test_what_was_taken_in_is_folded_once_and_agrees_with_the_records(
    database: Database, database_url: str, acme: UUID
) -> None:
    await report(database_url, *uses(acme, 40))
    await folded(database)
    assert (await total(database), await folded(database), await total(database)) == (40, 0, 40)
    assert await verify(database) == []


async def test_records_without_a_user_count_everywhere_but_by_user(
    database: Database, database_url: str, acme: UUID
) -> None:
    await report(database_url, *uses(acme, 40))
    await folded(database)
    assert await total(database, "usage_by_user") == 30


async def test_duplicates_quarantined_and_test_usage_do_not_count(
    database: Database, database_url: str, acme: UUID
) -> None:
    preview = Use(id="preview", organization_id=acme, environment="preview")
    unpriced = Use(id="unpriced", organization_id=acme, model="unheard-of")
    for _ in range(2):
        await report(database_url, *uses(acme, 3), preview, unpriced)
    await folded(database)
    assert await total(database) == 3
    assert await verify(database) == []


async def test_released_usage_is_counted_when_it_is_priced(
    database: Database, database_url: str, acme: UUID
) -> None:
    await report(database_url, Use(id="late", organization_id=acme, model="o3"))
    await folded(database)
    async with database.begin() as tx:
        await publish(tx, a_price(model="o3"), actor=SYSTEM)
    await Quarantine(database).release(ReleaseScope(), actor=SYSTEM, now=NOON)
    await folded(database)
    assert await total(database) == 1
    assert await verify(database) == []


async def test_a_fold_that_is_rolled_back_is_done_again(
    database: Database, database_url: str, acme: UUID
) -> None:
    await report(database_url, *uses(acme, 10))
    async with database.begin() as tx:
        await rollups.fold(tx)
        await tx.rollback()
    assert await total(database) == 0
    await folded(database)
    assert await total(database) == 10


async def test_pumps_and_ingestion_at_the_same_time_count_everything_once(
    database: Database, database_url: str, acme: UUID
) -> None:
    await asyncio.gather(
        *[report(database_url, *uses(acme, 50, prefix=f"{part}-")) for part in range(6)],
        *[folded(database) for _ in range(4)],
    )
    await folded(database)
    assert await total(database) == 300
    assert await verify(database) == []


ZOES_MONTHS = "usage_closed where key = 'Zoë' and grain = 'month' and organization_id <> project_id"


async def test_ended_months_are_closed_and_late_usage_is_added_to_them(
    database: Database, database_url: str, acme: UUID
) -> None:
    long_ago = NOON - timedelta(days=70)
    old = [Use(id=f"old{n}", organization_id=acme, occurred_at=long_ago, end_user="Zoë") for n in range(3)]
    await report(database_url, *old[:2], *uses(acme, 10))
    await folded(database)
    assert await total(database, ZOES_MONTHS) == 2
    await report(database_url, old[2])
    await folded(database)
    assert await total(database, ZOES_MONTHS) == 3
    assert await verify(database) == []


async def test_a_wrong_roll_up_is_found_and_rebuilt(
    database: Database, database_url: str, acme: UUID
) -> None:
    await report(database_url, *uses(acme, 20))
    await folded(database)
    async with database.begin() as tx:
        await tx.execute(
            text("update usage_by_key set amount_nanos = amount_nanos + 1 where api_key_id = 'key-0'")
        )
    assert "usage_by_key" in {broken.table for broken in await verify(database)}
    assert await rebuild(database) == 20
    assert await verify(database) == []
