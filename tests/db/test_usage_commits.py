"""Commits of usage beside each other and beside an invoice: nothing twice, nothing lost, the right month."""

import asyncio

import pytest
from sqlalchemy import text

from db import wallets
from db.engine import Database
from db.usage.intake import Intake, IntakeFault
from tests.db.conftest import PRICE, rows, take
from tests.world import NOON, Line, a_price, an_organization

# In this database only: others share the server.
_WAITING = """select from pg_locks join pg_stat_activity using (pid)
  where not granted and datname = current_database()"""


async def until_somebody_waits(database: Database) -> None:
    for _ in range(1000):
        if await rows(database, _WAITING):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


async def test_an_id_twice_in_one_commit_is_stored_once(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    verdicts = await take(intake, Line(alice), Line(alice, "r2"), Line(alice), Line(alice, user="bob"))
    assert sorted(verdicts) == [(2, "duplicate"), (3, "conflict")]
    assert await rows(database, "select sum(amount_nanos)::bigint from postings") == [(2 * PRICE,)]
    assert await rows(database, "select sum(records)::bigint from usage_batches") == [(2,)]


async def test_the_answers_payloads_are_kept_with_new_records_only(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    payload = f"{alice}\t{{}}\thello\tthere\n"
    for name in ("r1", "r1", "r2"):
        lines = [str(Line(alice, name))]
        await intake.take_in(lines, [payload.format(name)], frozenset({(2026, 10)}), now=NOON)
    found = await rows(database, "select id, response from usage_payloads order by id")
    assert found == [("r1", "there"), ("r2", "there")]


async def test_the_text_of_a_refused_record_is_not_kept_with_a_later_one(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    one_session = await Intake.open(database.url, connections=1)
    for line, told in ((Line(alice, project_id=alice), "refused"), (Line(alice), "taken")):
        await one_session.take_in([str(line)], [f"{alice}\tr1\t{told}\t\n"], frozenset(), now=NOON)
    await one_session.close()
    assert await rows(database, "select request from usage_payloads") == [("taken",)]


async def test_a_month_invoiced_while_its_usage_comes_in_carries_none_of_it(
    database: Database, intake: Intake
) -> None:
    alice, bob = await an_organization(database), await an_organization(database, name="Bob")
    await a_price(database)
    async with database.begin() as tx:
        await wallets.lock(tx, organization_id=alice)
        coming = asyncio.create_task(take(intake, Line(alice), Line(bob), Line(alice, "r2")))
        await until_somebody_waits(database)
        await tx.execute(
            text("update wallets set invoiced_until = '2026-11-01' where organization_id = :id"),
            {"id": alice},
        )
    assert await coming == []
    found = await rows(database, "select organization_id, billed_in::text from usage order by id")
    assert sorted(found, key=str) == sorted(
        [(alice, "2026-11-01"), (alice, "2026-11-01"), (bob, None)], key=str
    )


async def test_usage_that_comes_in_while_its_organization_is_deleted_is_taken_back(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    async with database.begin() as tx:
        await wallets.lock(tx, organization_id=alice)
        coming = asyncio.create_task(take(intake, Line(alice)))
        await until_somebody_waits(database)
        await tx.execute(text("update organizations set state = 'deleted'"))
    with pytest.raises(IntakeFault, match="deleted meanwhile"):
        await coming
    assert await rows(database, "select id from usage") == []
    assert await take(intake, Line(alice)) == [(0, "organization_deleted")]


async def test_two_commits_with_the_same_records_in_other_orders_never_block_each_other_for_good(
    database: Database, intake: Intake
) -> None:
    made = [await an_organization(database, name=f"o{n}") for n in range(4)]
    await a_price(database)
    lines = [Line(made[n % 4], f"r{n}") for n in range(400)]
    orders = [lines, lines[::-1], lines[200:] + lines[:200]] * 4
    verdicts = await asyncio.gather(*(take(intake, *order) for order in orders))
    assert sum(len(found) for found in verdicts) == 11 * 400
    assert await rows(database, "select count(*), sum(amount_nanos)::bigint from usage") == [
        (400, 400 * PRICE)
    ]
    assert await rows(database, "select sum(amount_nanos)::bigint from postings") == [(400 * PRICE,)]
