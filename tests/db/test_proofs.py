"""Each proof holds on honest books, and names what was tampered with behind the database's back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from activities.credit_notes import Correction, credit
from activities.paying import give_up
from activities.payment_letters import PaymentLetters
from activities.settlement import Settlement
from activities.transfers import Transfer, record_transfer
from db import payments, postings, proofs, receivables, wallets
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import new_id
from domain.payment import Payment, postings_of
from domain.proof import EVERYTHING, Finding
from domain.wallet import CreditLot
from tests.collecting import SENDER
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
    "bad_debts_are_given_up_invoices": "update invoices set state = 'uncollectible'",
    "unbilled_is_uninvoiced_usage": "delete from postings where debit = 'receivable:unbilled'",
    "numbers_without_gaps": "update invoices set sequence = sequence + 1",
    "invoice_is_credited_by_notes": "update invoices set amount_credited_nanos = 1",
    "returned_money_became_credits": """insert into payments (id, organization_id, invoice_id, method, state,
      charge_number, charge_key, amount_nanos, credited_nanos, currency, created_at, updated_at)
      select uuidv7(), organization_id, id, 'bank_transfer', 'succeeded', 9, 'nine', 5, 5, 'USD', now(), now()
        from invoices""",
    "invoice_is_paid_by_payments": "update invoices set amount_paid_nanos = 1",
    "paid_means_nothing_is_open": "update invoices set state = 'paid'",
}
# Warning → what has waited too long.
WAITED = {
    "intents_are_delivered": """insert into intents (id, key, kind, workflow, workflow_id, payload, created_at, due_at)
      values (uuidv7(), 'k', 'start', 'X', 'x', '{}', now() - interval '6 minutes', now())""",
    "events_are_handled": """insert into webhooks (id, source, event_id, kind, occurred_at, received_at, body, state, due_at)
      values (uuidv7(), 'stripe', 'evt_1', 'x', now(), now(), '', 'parked', now())""",
    "month_ends_need_nobody": "update billing_runs set state = 'failed'",
    "credit_notes_are_sent": """with sent as (update invoices set delivered_at = now() returning *)
      insert into invoices (id, organization_id, kind, corrects_id, legal_entity, period, number, state, currency,
        subtotal_nanos, total_nanos, amount_due_nanos, buyer, seller, created_at, finalized_at)
      select uuidv7(), organization_id, 'credit_note', id, legal_entity, period, 'CN-1', 'finalized', currency, 5, 5, 5,
        buyer, seller, now(), now() - interval '2 hours' from sent""",
    "ledger_is_as_sealed": """insert into ledger_seals
      values (now()::date, 1, decode(repeat('00', 32), 'hex'), sha256('another'), now())""",
    "ledger_seals_are_chained": """insert into ledger_seals
      values (now()::date, 1, sha256('the one before'), sha256('another'), now())""",
    "ended_months_are_invoiced": """with gone as (update billing_runs set state = 'cancelled'),
      uninvoiced as (update wallets set invoiced_until = null)
      update organizations set created_at = '2026-01-01'""",
}
# Proof → what was changed after the invoice was paid by card.
TAMPERED_PAYMENT = {
    "payment_is_posted": "delete from postings where credit = 'receivable:billed' and debit = 'cash:stripe'",
    "invoice_charged_once": "update payments set amount_nanos = amount_nanos + 1",
    "excess_is_owed_back": "update payments set amount_nanos = amount_nanos + 1",
}


# Nothing folds in these tests, and the calendar's last month is not theirs.
ELSEWHERE = {"rollups_equal_records", "rollups_are_fresh", "ended_months_are_invoiced"}
HONEST = [proof.name for proof in proofs.ALL if proof.name not in ELSEWHERE]


async def contradictions(database: Database, name: str) -> list[Finding]:
    async with database.begin() as tx:
        return await proofs.contradictions(tx, proofs.named(name), EVERYTHING)


async def found_after(owner: Database, name: str, statement: str) -> list[Finding]:
    """What a proof finds when the owner has changed the books with every guard off; undone afterwards."""
    async with owner.engine.connect() as tx:
        await tx.exec_driver_sql("set local session_replication_role = replica")
        assert (await tx.exec_driver_sql(statement)).rowcount > 0
        found = await proofs.contradictions(tx, proofs.named(name), EVERYTHING)
        await tx.rollback()
    return found


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Database]:
    """The database as its owner, whom no grant stops."""
    owner = Database.open(database_url, pool_size=1, role="postgres")
    yield owner
    await owner.close()


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
    assert [found for name in HONEST for found in await contradictions(database, name)] == []


@pytest.mark.parametrize("amount_nanos", [10_000_000, None], ids=["in part", "in full"])
async def test_a_credited_invoice_contradicts_nothing(
    database: Database, alice: UUID, amount_nanos: int | None
) -> None:
    invoice_id = await one(database, "select id from invoices")
    wrong = Correction(invoice_id=invoice_id, reason="wrong", amount_nanos=amount_nanos)
    async with database.begin() as tx:
        await credit(tx, wrong, actor=SYSTEM, now=NOW)
    assert [found for name in HONEST for found in await contradictions(database, name)] == []


@pytest.mark.parametrize("first", ["paid", "paid in part", "paid too much"])
async def test_what_was_paid_and_is_credited_becomes_credits_and_contradicts_nothing(
    database: Database, alice: UUID, first: str
) -> None:
    invoice_id = await one(database, "select id from invoices")
    more = 30_000_000 if first == "paid too much" else 0
    whole = first != "paid in part"
    await _transferred(database, invoice_id, whole=whole, more=more, to_credits=True)
    paid = await one(database, "select amount_paid_nanos from invoices")
    due = await one(database, "select amount_due_nanos from invoices")
    # What is open goes first: all of it, and a coin of what was paid.
    wrong = Correction(invoice_id=invoice_id, reason="wrong", amount_nanos=due - paid + 10**7)
    async with database.begin() as tx:
        note = await credit(tx, wrong, actor=SYSTEM, now=NOW)
        lots = await wallets.list_lots(tx, organization_id=alice, open_only=True)
    assert note.amount_returned_nanos == 10**7
    assert sum(lot.remaining_nanos for lot in lots if lot.kind == "purchased") == more + 10**7
    assert await one(database, "select state from invoices where kind = 'invoice'") == "paid"
    assert [found for name in HONEST for found in await contradictions(database, name)] == []


@pytest.mark.parametrize("came", ["nothing", "a part", "the whole"])
async def test_an_invoice_given_up_contradicts_nothing_whatever_comes_in_nevertheless(
    database: Database, alice: UUID, came: str
) -> None:
    invoice_id = await one(database, "select id from invoices")
    async with database.begin() as tx:
        await give_up(tx, invoice_id=invoice_id, reason="insolvent", actor=SYSTEM, now=NOW)
    if came != "nothing":
        await _transferred(database, invoice_id, whole=came == "the whole")
    assert [found for name in HONEST for found in await contradictions(database, name)] == []
    lost = await one(
        database,
        "select sum(case when debit = 'bad_debts' then amount_nanos else -amount_nanos end) from postings"
        " where 'bad_debts' in (debit, credit)",
    )
    open_still = "select amount_due_nanos - amount_paid_nanos - amount_credited_nanos from invoices"
    assert lost == await one(database, open_still)
    assert (await one(database, "select state from invoices") == "paid") == (lost == 0)


async def _transferred(
    database: Database, invoice_id: UUID, *, whole: bool, more: int = 0, to_credits: bool = False
) -> None:
    """A transfer of a coin, or of all that is open and so much more."""
    async with database.begin() as tx:
        owed = await receivables.get(tx, invoice_id=invoice_id)
        amount = owed.outstanding_nanos + more if whole else 10**7
        transfer = Transfer(
            invoice_id=invoice_id,
            amount_nanos=amount,
            received_on=NOW.date(),
            reference="wire",
            to_credits=to_credits,
        )
        await record_transfer(tx, Settlement(PaymentLetters(SENDER)), transfer, actor=SYSTEM, now=NOW)


async def test_each_proof_names_what_was_tampered_with(owner: Database, alice: UUID) -> None:
    for name, statement in (TAMPERED | WAITED).items():
        found = await found_after(owner, name, statement)
        assert {each.proof for each in found} == {name}, f"{name} has not noticed: {statement}"
        assert {each.organization_id for each in found} <= {alice, None}
        assert all(each.subject_id for each in found)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"], ids=["eastwards", "westwards"])
async def test_who_moved_with_the_month_invoiced_waits_for_no_month_end_of_the_new_zone(
    owner: Database, alice: UUID, zone: str
) -> None:
    name = "ended_months_are_invoiced"
    moved = f"{WAITED[name]}, time_zone = '{zone}'"
    until = f"date_trunc('month', (now() - interval '28 hours') at time zone '{zone}') at time zone 'UTC'"
    invoiced = moved.replace("invoiced_until = null", f"invoiced_until = {until}")
    assert await found_after(owner, name, moved) != []
    assert await found_after(owner, name, invoiced) == []


async def test_a_payment_that_was_tampered_with_is_named(owner: Database, paid: UUID) -> None:
    for name, statement in TAMPERED_PAYMENT.items():
        assert [each.organization_id for each in await found_after(owner, name, statement)] == [paid]


async def test_paid_invoices_contradict_nothing(database: Database, paid: UUID) -> None:
    asked = (
        *TAMPERED_PAYMENT,
        "receivables_are_open_invoices",
        "invoice_is_paid_by_payments",
        "paid_means_nothing_is_open",
    )
    assert [found for name in asked for found in await contradictions(database, name)] == []


async def test_a_gap_says_which_numbers(owner: Database, alice: UUID) -> None:
    name = "numbers_without_gaps"
    found = await found_after(owner, name, TAMPERED[name])
    assert found[0].subject_id == "main/invoice"
    assert found[0].detail == "1 documents are numbered 2 to 2, the next number is 2"


async def test_every_proof_is_tried() -> None:
    assert {*TAMPERED, *WAITED, *TAMPERED_PAYMENT} == {proof.name for proof in proofs.ALL}


async def test_a_number_that_is_shown_is_the_number_of_its_series(owner: Database, alice: UUID) -> None:
    renumbered = "update invoices set number = 'BO-009999'"
    found = await found_after(owner, "numbers_without_gaps", renumbered)
    assert [finding.detail for finding in found] == ["BO-009999 is number 1 of its series"]


async def test_a_number_longer_than_any_of_ours_is_told_not_stumbled_over(
    owner: Database, alice: UUID
) -> None:
    found = await found_after(
        owner, "numbers_without_gaps", "update invoices set number = 'BO-76279034494606430602'"
    )
    assert [finding.detail for finding in found] == ["BO-76279034494606430602 is number 1 of its series"]
