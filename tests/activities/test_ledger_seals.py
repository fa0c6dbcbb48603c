"""Sealed days of the ledger: each once, in their order, and whoever changes one is found."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.housekeeping import Day, HousekeepingSteps
from db import ledger_seals, postings, proofs
from db.engine import Database
from db.ledger_seals import LedgerSeal
from domain.posting import Posting
from domain.proof import EVERYTHING
from tests.db.test_postings import a_posting
from tests.db.test_proofs import found_after, owner
from tests.monthend import one, rows

__all__ = ["owner"]
FIRST = datetime(2026, 11, 17, 9, tzinfo=UTC)
LATER = Day(at=datetime(2026, 11, 20, 2, 30, tzinfo=UTC))


def made(entry: Posting, at: datetime, number: int) -> Posting:
    """The same posting, made at that time under another key."""
    identifier = UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 0b10 << 62 | number)
    return replace(entry, id=identifier, entry_id=identifier, key=f"{entry.key}:{number}", posted_at=at)


@pytest.fixture
async def posted(database: Database) -> None:
    """Two postings on the 17th, none on the 18th, one on the 19th."""
    entry = await a_posting(database)
    days = [FIRST, FIRST + timedelta(hours=14, minutes=59), FIRST + timedelta(days=2)]
    async with database.begin() as tx:
        await postings.insert(tx, [made(entry, at, number) for number, at in enumerate(days)])


async def seal(database: Database, day: Day = LATER) -> int:
    """How many days the step has sealed."""
    return await ActivityEnvironment().run(HousekeepingSteps(database).seal_ledger, day)


async def seals(database: Database) -> list[LedgerSeal]:
    async with database.begin() as tx:
        return (await ledger_seals.list_page(tx, before=None, limit=10))[::-1]


async def test_every_ended_day_is_sealed_once_and_stands_in_the_log(database: Database, posted: None) -> None:
    assert [await seal(database), await seal(database)] == [3, 0]
    found = await seals(database)
    assert [(seal.day.day, seal.postings) for seal in found] == [(17, 2), (18, 0), (19, 1)]
    assert [seal.previous_hash for seal in found] == [bytes(32), found[0].hash, found[1].hash]
    entries = await rows(
        database, "select target_id, after from audit where action = 'ledger.seal' order by sequence"
    )
    assert [(entry["target_id"], entry["after"]["hash"]) for entry in entries] == [
        (str(seal.day), seal.hash.hex()) for seal in found
    ]


async def test_a_day_is_sealed_when_its_last_transactions_have_ended(
    database: Database, posted: None
) -> None:
    assert await seal(database, Day(at=datetime(2026, 11, 18, 1, 59, tzinfo=UTC))) == 0
    assert await seal(database, Day(at=datetime(2026, 11, 18, 2, 0, tzinfo=UTC))) == 1


async def test_two_who_seal_at_the_same_moment_seal_each_day_once(database: Database, posted: None) -> None:
    counts = await asyncio.gather(*(seal(database) for _ in range(3)))
    assert sum(counts) == 3
    assert await one(database, "select count(*) from audit where action = 'ledger.seal'") == 3


async def test_an_empty_ledger_is_not_sealed(database: Database) -> None:
    assert await seal(database) == 0


TAMPERED = {
    "an amount": (
        "update postings set amount_nanos = amount_nanos + 1 where right(key, 2) = ':1'",
        date(2026, 11, 17),
    ),
    "an account": (
        "update postings set credit = 'revenue:usage' where right(key, 2) = ':2'",
        date(2026, 11, 19),
    ),
    "a time": ("update postings set posted_at = posted_at + interval '1 microsecond'", date(2026, 11, 17)),
    "one more": (
        """insert into postings select overlay(id::text placing '1' from 16 for 1)::uuid, entry_id, organization_id,
           debit, credit, amount_nanos, currency, cause, subject_id, lot_id, 'more', posted_at
           from postings where right(key, 2) = ':0'""",
        date(2026, 11, 17),
    ),
    "one less": ("delete from postings where right(key, 2) = ':2'", date(2026, 11, 19)),
}


@pytest.mark.parametrize("what", sorted(TAMPERED))
async def test_a_change_of_a_sealed_day_is_found(
    database: Database, owner: Database, posted: None, what: str
) -> None:
    await seal(database)
    change, day = TAMPERED[what]
    found = await found_after(owner, "ledger_is_as_sealed", change)
    assert found[0].subject_id == f"ledger/{day}"


async def test_a_seal_made_anew_for_changed_postings_does_not_fit_the_others(
    database: Database, owner: Database, posted: None
) -> None:
    await seal(database)
    forged = """with changed as (update postings set amount_nanos = 1 where right(key, 2) = ':0' returning id)
      update ledger_seals set hash = sha256('forged') where day = '2026-11-17' and exists (select from changed)"""
    details = [found.detail for found in await found_after(owner, "ledger_seals_are_chained", forged)]
    assert details == ["The audit log does not hold this seal", "It does not follow the seal before"]


async def test_what_is_sealed_holds(database: Database, posted: None) -> None:
    await seal(database)
    async with database.begin() as tx:
        for name in ("ledger_is_as_sealed", "ledger_seals_are_chained"):
            assert await proofs.contradictions(tx, proofs.named(name), EVERYTHING) == []
