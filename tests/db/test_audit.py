from datetime import UTC, datetime

import psycopg
import pytest

from db import audit, audit_seals
from db.engine import Database
from domain.audit import Entry

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def written(database: Database, count: int) -> None:
    async with database.begin() as tx:
        await audit.append(tx, [Entry("test", "thing", str(number)) for number in range(count)])


async def test_entries_of_many_transactions_are_one_chain(database: Database) -> None:
    for _ in range(3):
        await written(database, 4)
    async with database.begin() as tx:
        assert await audit.verify(tx) == (12, None)


async def test_facts_survive_the_database_unchanged(database: Database) -> None:
    facts = {
        "amount": 10**17,
        "text": "Ärger \U0001f600 \x00",
        "list": [1, None, {"z": 1, "a": False}],
        "at": NOW,
    }
    async with database.begin() as tx:
        await audit.append(tx, [Entry("test", "thing", "1", after=facts)])
    async with database.begin() as tx:
        assert (await audit.verify(tx))[1] is None


async def test_a_log_cut_at_its_end_is_found(database: Database, database_url: str) -> None:
    await written(database, 5)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from audit where sequence = 5")
    async with database.begin() as tx:
        entries, broken = await audit.verify(tx)
    assert entries == 4
    assert broken is not None
    assert broken.number == 5


async def test_a_rewritten_chain_does_not_match_its_seal(database: Database, database_url: str) -> None:
    await written(database, 2)
    async with database.begin() as tx:
        await audit_seals.seal(tx, day=datetime.now(UTC).date(), now=NOW)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from audit")
        connection.execute("update audit_head set sequence = 0, hash = decode(repeat('00', 32), 'hex')")
    await written(database, 2)
    async with database.begin() as tx:
        broken = (await audit.verify(tx))[1]
    assert broken is not None
    assert "seal" in broken.reason


async def test_an_entry_that_does_not_follow_the_head_is_refused(database_url: str) -> None:
    row = "(7, now(), 'system', 'x', 'x', 'x', 'x', decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'))"
    columns = "(sequence, at, actor_kind, actor_id, action, target_kind, target_id, previous_hash, hash)"
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation),
    ):
        connection.execute(f"insert into audit {columns} values {row}")
