import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from db import idempotency
from db.engine import Database
from db.idempotency import Answer
from domain.errors import IdempotencyMismatch

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ANSWER = Answer(201, '{"b": 1, "a": 2}')


async def once(database: Database, body: bytes = b"body") -> Answer | None:
    async with database.begin() as tx:
        known = await idempotency.claim(tx, scope="alice", key="one", input_hash=body)
        if known is None:
            await asyncio.sleep(0.1)
            await idempotency.keep(tx, scope="alice", key="one", input_hash=body, answer=ANSWER, now=NOW)
        return known


async def test_of_many_at_once_one_acts_and_the_others_get_its_answer(database: Database) -> None:
    answers = await asyncio.gather(*(once(database) for _ in range(5)))
    assert answers.count(None) == 1
    assert answers.count(ANSWER) == 4


async def test_another_input_under_the_key_is_refused(database: Database) -> None:
    await once(database)
    with pytest.raises(IdempotencyMismatch):
        await once(database, b"other")


async def test_a_refused_request_leaves_its_key_free(database: Database) -> None:
    async with database.engine.connect() as tx:
        await idempotency.claim(tx, scope="alice", key="one", input_hash=b"first")
        await tx.rollback()
    assert await once(database, b"second") is None


async def test_old_answers_are_forgotten(database: Database) -> None:
    await once(database)
    async with database.begin() as tx:
        assert await idempotency.forget_old(tx, now=NOW + timedelta(days=8)) == 1
