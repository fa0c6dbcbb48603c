"""Wallets: credited once per key, expired once, and the statement adds up."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from db import statements, wallets
from db.engine import Database
from db.statements import Place
from domain.errors import NotFound
from domain.ids import new_id
from domain.wallet import CreditLot
from tests.world import NOON, an_organization


def a_lot(organization_id: Any, nanos: int = 1_000, *, key: str = "", expires: Any = None) -> CreditLot:
    return CreditLot(
        new_id(), organization_id, "granted", "gift", 40, nanos, nanos, expires, key or str(new_id()), NOON
    )


async def credit(database: Database, lot: CreditLot) -> CreditLot:
    async with database.begin() as tx:
        return await wallets.credit(tx, lot, source="promotion", cause="gift")


async def balance(database: Database, organization_id: Any) -> int:
    async with database.begin() as tx:
        return (await wallets.get(tx, organization_id=organization_id)).balance_nanos


async def test_credit_twice_under_one_key_is_credit_once(database: Database) -> None:
    alice = await an_organization(database)
    first = await credit(database, a_lot(alice, key="gift-1"))
    assert await credit(database, a_lot(alice, key="gift-1")) == first
    assert await balance(database, alice) == 1_000


async def test_credits_at_the_same_time_all_arrive(database: Database) -> None:
    alice = await an_organization(database)
    await asyncio.gather(*(credit(database, a_lot(alice)) for _ in range(8)))
    assert await balance(database, alice) == 8_000


async def test_what_expired_is_written_off_once(database: Database) -> None:
    alice = await an_organization(database)
    await credit(database, a_lot(alice, expires=NOON + timedelta(hours=1)))
    await credit(database, a_lot(alice, 5))
    for _ in range(2):
        async with database.begin() as tx:
            await wallets.expire_lots(tx, now=NOON + timedelta(hours=2))
    assert await balance(database, alice) == 5


async def test_the_statement_runs_from_nothing_to_the_balance(database: Database) -> None:
    alice = await an_organization(database)
    for nanos in (3, 4, 5):
        await credit(database, a_lot(alice, nanos))
    async with database.begin() as tx:
        oldest_first = [m async for m in statements.stream_movements(tx, organization_id=alice)]
    assert [movement.balance_nanos for movement in oldest_first] == [3, 7, 12]


async def test_pages_of_the_statement_carry_the_balance_on(database: Database) -> None:
    alice = await an_organization(database)
    for nanos in (3, 4, 5):
        await credit(database, a_lot(alice, nanos))
    async with database.begin() as tx:
        start = Place(NOON + timedelta(days=1), new_id(), 12)
        (newest,) = await statements.list_movements(tx, organization_id=alice, after=start, limit=1)
        place = Place(newest.posted_at, newest.posting_id, newest.balance_nanos - newest.amount_nanos)
        rest = await statements.list_movements(tx, organization_id=alice, after=place, limit=9)
    assert [m.balance_nanos for m in (newest, *rest)] == [12, 7, 3]


async def test_a_client_sees_only_its_own_wallet(database: Database) -> None:
    alice, charlie = await an_organization(database), await an_organization(database, name="Charlie")
    async with database.client(charlie) as tx:
        assert (await wallets.get(tx, organization_id=charlie)).organization_id == charlie
        with pytest.raises(NotFound):
            await wallets.get(tx, organization_id=alice)
