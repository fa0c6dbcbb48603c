"""Payments are recorded once per key, one charge of an invoice at a time, and seen by their owner only."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from db import payment_profiles, payments, receivables
from db.engine import Database
from domain.errors import NotFound
from domain.ids import new_id
from domain.money import NANOS
from domain.payment import Payment, charge_key
from tests.owed import NOW, Owed, invoice, organization


def charge(owed: Owed, number: int = 1) -> Payment:
    return Payment(
        id=new_id(),
        organization_id=owed.organization_id,
        invoice_id=owed.invoice_id,
        method="card",
        state="created",
        charge_number=number,
        charge_key=charge_key(owed.invoice_id, number),
        amount_nanos=120 * NANOS,
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
    )


async def test_a_key_is_recorded_once(database: Database) -> None:
    owed = await invoice(database)
    async with database.begin() as tx:
        first = await payments.insert_once(tx, charge(owed))
        assert await payments.insert_once(tx, charge(owed)) == first


async def test_the_database_refuses_two_charges_under_way(database: Database) -> None:
    owed = await invoice(database)
    async with database.begin() as tx:
        await payments.insert_once(tx, charge(owed))
    with pytest.raises(IntegrityError, match="payments_single"):
        async with database.begin() as tx:
            await payments.insert_once(tx, charge(owed, 2))


async def test_what_is_fixed_of_a_payment_stays(database: Database) -> None:
    owed = await invoice(database)
    async with database.begin() as tx:
        first = await payments.insert_once(tx, charge(owed))
        await payments.save(tx, replace(first, state="failed", amount_nanos=1, charge_key="other"))
        saved = await payments.get(tx, payment_id=first.id)
    assert saved == replace(first, state="failed")


async def test_a_stranger_sees_no_payment_and_no_receivable(database: Database) -> None:
    owed, charlie = await invoice(database), await organization(database)
    async with database.begin() as tx:
        made = await payments.insert_once(tx, charge(owed))
    async with database.client(charlie) as tx:
        assert await payments.list_page(tx, filters=payments.Filters(), after=None, limit=10) == []
        with pytest.raises(NotFound):
            await payments.get(tx, payment_id=made.id)
        with pytest.raises(NotFound):
            await receivables.get(tx, invoice_id=owed.invoice_id)


async def test_the_way_of_paying_is_remembered_piece_by_piece(database: Database) -> None:
    alice = await organization(database)
    async with database.begin() as tx:
        await payment_profiles.set_customer(tx, organization_id=alice, stripe_customer_id="cus_1", now=NOW)
        await payment_profiles.set_payment_method(
            tx, organization_id=alice, payment_method_id="pm_1", label="Visa", now=NOW
        )
        profile = await payment_profiles.find_by_customer(tx, stripe_customer_id="cus_1")
    assert profile is not None
    assert (profile.organization_id, profile.payment_method_id) == (alice, "pm_1")
