"""Each step of the month-end, run twice, equals run once; late, small and moved organizations are not forgotten."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities import credit_notes
from activities.billing_runs import BillingRunSteps, ChunkRef, Move, OpenScheduled, RunRef
from activities.credit_notes import Correction
from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from db import billing_run_items, billing_runs, invoices
from db.engine import Database
from db.invoicing import sums
from db.invoicing.chunk import Terms
from domain.audit import SYSTEM
from domain.billing_run import BillingRun, RunState
from domain.ids import read, show
from domain.money import NANOS
from tests.monthend import NOVEMBER, NOW, a_run, balance, close_month, invoice_all, one, report, rows
from tests.world import Line, a_price, an_organization

PRINTER = Printer(public_url="http://test", link_secret="secret")


async def twice(step: Any, given: Any) -> tuple[Any, Any]:
    environment = ActivityEnvironment()
    return await environment.run(step, given), await environment.run(step, given)


async def begun(database: Database) -> tuple[BillingRun, RunRef]:
    """A run whose list holds Alice, who used something."""
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=5_000_000))
    run = await a_run(database)
    return run, RunRef(run_id=show("run", run.id), at=NOW)


async def test_a_schedule_opens_one_run_for_the_month_before(database: Database) -> None:
    opening = OpenScheduled(
        zone="Asia/Tokyo", at=datetime(2026, 10, 31, 19, tzinfo=UTC), workflow_id="billing/Asia/Tokyo-1"
    )
    first, again = await twice(BillingRunSteps(database, Terms()).open_scheduled_run, opening)
    async with database.begin() as tx:
        run = await billing_runs.get(tx, run_id=read("run", first))
    assert (first, run.period.month, run.zone) == (again, 10, "Asia/Tokyo")
    assert await one(database, "select count(*) from audit where action = 'billing_run.start'") == 1


async def test_the_list_is_frozen_once(database: Database) -> None:
    _, ref = await begun(database)
    first = await ActivityEnvironment().run(BillingRunSteps(database, Terms()).freeze_billing_run, ref)
    await an_organization(database, name="Late")
    again = await ActivityEnvironment().run(BillingRunSteps(database, Terms()).freeze_billing_run, ref)
    assert (first, first.organizations) == (again, 1)


async def test_a_chunk_is_invoiced_once(database: Database) -> None:
    _, ref = await begun(database)
    steps = BillingRunSteps(database, Terms())
    await ActivityEnvironment().run(steps.freeze_billing_run, ref)
    first, again = await twice(steps.invoice_chunk, ChunkRef(run_id=ref.run_id, chunk=0, at=NOW))
    assert (first, first.invoiced) == (again, 1)
    assert await one(database, "select next_number from legal_entities") == 2
    assert await one(database, "select count(*) from audit where action = 'invoice.finalize'") == 1


async def test_an_ended_run_stays_as_it_ended(database: Database) -> None:
    run, ref = await begun(database)
    steps = BillingRunSteps(database, Terms())
    ended: tuple[RunState, ...] = ("completed", "paused")
    for state in ended:
        move = Move(run_id=ref.run_id, state=state, stage=state, at=NOW)
        await ActivityEnvironment().run(steps.move_billing_run, move)
    async with database.begin() as tx:
        assert (await billing_runs.get(tx, run_id=run.id)).state == "completed"


async def delivered(database: Database) -> tuple[DeliverySteps, Batch]:
    await begun(database)
    await close_month(database)
    invoice_id = await one(database, "select id from invoices")
    return DeliverySteps(database, PRINTER), Batch(document_id=invoice_id.hex)


async def test_a_document_is_rendered_once(database: Database) -> None:
    steps, batch = await delivered(database)
    assert await twice(steps.render_documents, batch) == (1, 0)
    [document] = await rows(database, "select bytes, sha256, pages from invoice_documents")
    assert (bytes(document["bytes"])[:5], document["pages"]) == (b"%PDF-", 1)


async def test_a_mail_and_a_collection_are_wanted_once(database: Database) -> None:
    steps, batch = await delivered(database)
    assert await twice(steps.mail_documents, batch) == (1, 1)
    assert await twice(steps.start_collections, batch) == (1, 1)
    [mail] = await rows(database, "select kind, recipient, attachments, subject from mails")
    assert (mail["kind"], mail["recipient"]) == ("invoice_issued", "alice@example.com")
    assert mail["attachments"][0]["name"] == "Invoice BO-000001.pdf"
    [intent] = await rows(database, "select key, workflow, payload from intents")
    assert (intent["key"], intent["workflow"]) == (f"collection/in_{batch.document_id}", "Collection")


async def test_nothing_due_starts_no_collection(database: Database) -> None:
    steps, batch = await delivered(database)
    correction = Correction(invoice_id=await one(database, "select id from invoices"), reason="a gift")
    async with database.begin() as tx:
        note = await credit_notes.credit(tx, correction, actor=SYSTEM, now=NOW)
    assert await ActivityEnvironment().run(steps.start_collections, batch) == 0
    assert await ActivityEnvironment().run(steps.render_documents, Batch(document_id=note.id.hex)) == 1
    await ActivityEnvironment().run(steps.mail_documents, Batch(document_id=note.id.hex))
    [mail] = await rows(database, "select kind, subject_id from mails")
    assert (mail["kind"], mail["subject_id"]) == ("credit_note_issued", show("cn", note.id))


async def test_crediting_a_paid_part_leaves_the_invoice_paid(database: Database) -> None:
    await delivered(database)
    async with database.begin() as tx:
        await tx.execute(text("update invoices set amount_paid_nanos = :paid"), {"paid": 4 * NANOS})
        [invoice] = await invoices.list_page(tx, filters=invoices.Filters(), after=None, limit=1)
        await credit_notes.credit(tx, Correction(invoice_id=invoice.id, reason="rest"), actor=SYSTEM, now=NOW)
        assert (await invoices.get(tx, invoice_id=invoice.id)).state == "paid"


@pytest.mark.parametrize("summed", [True, False])
async def test_sums_made_before_and_records_read_under_the_lock_say_the_same(
    database: Database, *, summed: bool
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    at = datetime(2026, 11, 2, tzinfo=UTC)
    used = [Line(alice, id=f"r{n}", input_tokens=1_000 * n, output_tokens=n) for n in range(50)]
    await report(database, *used, Line(alice, id="later", occurred_at=at, input_tokens=2_000_000))
    await close_month(database, summed=summed)
    await report(database, Line(alice, id="late", input_tokens=700))
    await close_month(database, period=NOVEMBER, summed=summed)
    found = await rows(database, "select usage_nanos from invoices order by period")
    assert [int(row["usage_nanos"]) for row in found] == [2_459_800_000, 4_003_000_000]
    assert await balance(database, alice, "receivable:unbilled") == 0


async def test_who_moves_to_another_zone_meanwhile_is_summed_anew(database: Database) -> None:
    run, _ = await begun(database)
    async with database.begin() as tx:
        await billing_run_items.freeze(tx, run, size=200)
    assert await sums.make(database, run)
    alice, at = await one(database, "select id from organizations"), datetime(2026, 11, 1, 3, tzinfo=UTC)
    await report(database, Line(alice, id="edge", occurred_at=at, input_tokens=1_000_000, output_tokens=0))
    async with database.begin() as tx:
        await tx.execute(text("update organizations set time_zone = 'America/New_York'"))
    await invoice_all(database, run)
    assert await one(database, "select usage_nanos from invoices") == 12 * NANOS + 800_000


async def test_the_sums_of_an_ended_run_are_gone(database: Database) -> None:
    run, ref = await begun(database)
    steps = BillingRunSteps(database, Terms())
    await ActivityEnvironment().run(steps.freeze_billing_run, ref)
    assert await sums.make(database, run)
    await ActivityEnvironment().run(
        steps.move_billing_run, Move(run_id=ref.run_id, state="completed", stage="", at=NOW)
    )
    assert await one(database, "select count(*) from billing_run_sums") == 0


async def test_a_writer_that_does_not_end_only_costs_speed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = await begun(database)
    monkeypatch.setattr(sums, "PATIENCE_SECONDS", 0.1)
    async with database.begin() as tx:
        await tx.execute(text("select pg_current_xact_id()"))
        assert not await sums.make(database, run)
