"""Each proof holds on honest books, and names what was tampered with behind the database's back."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from db import payments, postings, proofs, receivables, wallets
from db.engine import Database
from domain.ids import new_id
from domain.payment import Payment, postings_of
from domain.proof import EVERYTHING, Finding
from domain.wallet import CreditLot
from tests.monthend import NOW, close_month, one, report
from tests.world import NOON, Line, a_price, an_organization

# Proof → what was changed as nobody may.
TAMPERED = {
    "wallet_equals_lots": "update wallets set balance_nanos = balance_nanos + 1",
    "lot_equals_postings": "update credit_lots set remaining_nanos = remaining_nanos + 1",
    "wallet_posting_names_lot": "update postings set lot_id = null where debit = 'wallet:granted'",
    "usage_charged_once": "update usage set amount_nanos = amount_nanos + 1 where id = 'r1'",
    "usage_never_uncharged": "update usage set posting_id = null where id = 'r1'",
    "usage_stored_once": "insert into usage select * from usage where id = 'r1'",
    "usage_identities_stored": "delete from usage where id = 'r1'",
    "rollups_equal_records": "delete from usage_batches",
    "rollups_are_fresh": "update usage_batches set received_at = now() - interval '2 minutes'",
    "quarantine_is_short": "update usage set received_at = now() - interval '2 days' where id = 'unpriced'",
    "invoice_equals_lines": "update invoice_lines set amount_nanos = amount_nanos + 1",
    "invoice_covers_usage": "update usage set billed_in = '2026-12-01' where id = 'r1'",
    "invoice_windows_meet": "update wallets set invoiced_until = invoiced_until + interval '1 day'",
    "invoice_is_posted": "update postings set amount_nanos = 1 where credit = 'receivable:unbilled'",
    "receivables_are_open_invoices": "delete from postings where credit = 'receivable:unbilled'",
    "unbilled_is_uninvoiced_usage": "delete from postings where debit = 'receivable:unbilled'",
    "numbers_without_gaps": "update invoices set sequence = sequence + 1",
    "invoice_is_paid_by_payments": "update invoices set amount_paid_nanos = 1",
    "paid_means_nothing_is_open": "update invoices set state = 'paid'",
}
# Proof → what was changed after the invoice was paid by card.
TAMPERED_PAYMENT = {
    "payment_is_posted": "delete from postings where key like 'payment:%'",
    "invoice_charged_once": "update payments set amount_nanos = amount_nanos + 1",
}


async def contradictions(database: Database, name: str) -> list[Finding]:
    async with database.begin() as tx:
        return await proofs.contradictions(tx, proofs.named(name), EVERYTHING)


def tamper(url: str, statement: str) -> None:
    """Changes the books as the owner, with every guard off."""
    with psycopg.connect(url, options="-c session_replication_role=replica") as connection:
        assert connection.execute(statement.encode()).rowcount > 0


@pytest.fixture
async def alice(database: Database) -> UUID:
    """Alice used something, got a small gift, used more, and was invoiced; something came late."""
    await a_price(database)
    alice = await an_organization(database)
    await report(
        database, Line(alice, "r1", input_tokens=1_000_000), Line(alice, "unpriced", model="unknown"), now=NOW
    )
    async with database.begin() as tx:
        await wallets.credit(tx, gift(alice), source="promotion", cause="gift")
    await report(database, Line(alice, "r2", occurred_at=NOON.replace(day=7)), now=NOW)
    await close_month(database)
    await report(database, Line(alice, "late"), now=datetime.now(UTC))
    return alice


@pytest.fixture
async def paid(database: Database, alice: UUID) -> UUID:
    """Alice's card has paid."""
    invoice_id = await one(database, "select id from invoices")
    async with database.begin() as tx:
        owed = await receivables.lock(tx, invoice_id=invoice_id)
        payment = Payment(
            id=new_id(),
            organization_id=alice,
            invoice_id=invoice_id,
            method="card",
            state="succeeded",
            charge_number=1,
            charge_key="charge:1",
            amount_nanos=owed.outstanding_nanos,
            applied_nanos=owed.outstanding_nanos,
            currency=owed.currency,
            created_at=NOW,
            updated_at=NOW,
            settled_at=NOW,
        )
        await payments.insert_once(tx, payment)
        await postings.insert(tx, postings_of(payment))
        await receivables.save(tx, owed.paid_by(payment))
    return alice


def gift(organization_id: UUID) -> CreditLot:
    return CreditLot(
        id=new_id(),
        organization_id=organization_id,
        kind="granted",
        reason="welcome",
        priority=50,
        amount_nanos=1_000_000,
        remaining_nanos=1_000_000,
        expires_at=None,
        key="gift-1",
        created_at=NOW,
    )


async def test_honest_books_contradict_nothing(database: Database, alice: UUID) -> None:
    asked = [
        proof.name for proof in proofs.ALL if proof.name not in {"rollups_equal_records", "rollups_are_fresh"}
    ]
    assert [found for name in asked for found in await contradictions(database, name)] == []


@pytest.mark.parametrize(("name", "statement"), TAMPERED.items(), ids=TAMPERED)
async def test_what_was_tampered_with_is_named(
    database: Database, database_url: str, alice: UUID, name: str, statement: str
) -> None:
    tamper(database_url, statement)
    found = await contradictions(database, name)
    assert [each.proof for each in found][:1] == [name]
    assert found[0].organization_id in {alice, None}
    assert found[0].subject_id


@pytest.mark.parametrize(("name", "statement"), TAMPERED_PAYMENT.items(), ids=TAMPERED_PAYMENT)
async def test_a_payment_that_was_tampered_with_is_named(
    database: Database, database_url: str, paid: UUID, name: str, statement: str
) -> None:
    assert await contradictions(database, name) == []
    tamper(database_url, statement)
    assert [each.organization_id for each in await contradictions(database, name)] == [paid]


async def test_paid_invoices_contradict_nothing(database: Database, paid: UUID) -> None:
    asked = ("receivables_are_open_invoices", "invoice_is_paid_by_payments", "paid_means_nothing_is_open")
    assert [found for name in asked for found in await contradictions(database, name)] == []


async def test_a_broken_rule_of_numbers_says_which_numbers(
    database: Database, database_url: str, alice: UUID
) -> None:
    tamper(database_url, TAMPERED["numbers_without_gaps"])
    found = await contradictions(database, "numbers_without_gaps")
    assert found[0].subject_id == "main/invoice"
    assert found[0].detail == "1 documents are numbered 2 to 2, the next number is 2"


async def test_every_proof_is_tried() -> None:
    assert {*TAMPERED, *TAMPERED_PAYMENT} == {proof.name for proof in proofs.ALL}
