"""Postings: written once per key, compared on repeat, reversed instead of changed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db import postings
from db.engine import Database
from domain.errors import IdempotencyMismatch, Invalid
from domain.ids import new_id
from domain.posting import Posting
from tests.world import an_organization

AT = datetime(2026, 10, 1, tzinfo=UTC)


async def a_posting(database: Database) -> Posting:
    alice = await an_organization(database)
    return Posting(
        alice, "receivable:billed", "receivable:unbilled", 100, "USD", "invoice", "invoice:1", AT, "in_1"
    )


async def test_the_same_posting_twice_is_one(database: Database) -> None:
    entry = await a_posting(database)
    async with database.begin() as tx:
        assert await postings.insert(tx, [entry]) == 1
        assert await postings.insert(tx, [replace(entry, id=new_id(), entry_id=new_id())]) == 0
        assert await postings.list_subject(tx, subject_id="in_1") == [entry]


async def test_a_key_with_another_amount_is_refused(database: Database) -> None:
    entry = await a_posting(database)
    async with database.begin() as tx:
        await postings.insert(tx, [entry])
        with pytest.raises(IdempotencyMismatch, match="invoice:1"):
            await postings.insert(tx, [replace(entry, amount_nanos=101)])


async def test_nothing_and_less_than_nothing_cannot_be_posted(database: Database) -> None:
    entry = await a_posting(database)
    with pytest.raises(Invalid, match="above zero"):
        replace(entry, amount_nanos=0)
