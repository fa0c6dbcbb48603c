"""What the client was not sent: sent again when it was forgotten, never when it was taken back before."""

import asyncio
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities import credit_notes, redelivering
from activities.credit_notes import Correction
from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from db import invoices
from db.engine import Database
from db.invoices import Filters
from domain.audit import SYSTEM
from domain.errors import WrongState
from domain.ids import show
from domain.invoice.record import Invoice
from tests.monthend import NOW, close_month, hand_over, one, report, rows
from tests.waiting import somebody_waits_for_a_lock
from tests.world import Line, a_price, an_organization

PRINTER = Printer(public_url="http://test", link_secret="secret")


@pytest.fixture
async def unsent(database: Database) -> UUID:
    """Alice's invoice of October, final and not handed over."""
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=5_000_000))
    await close_month(database)
    return UUID(str(await one(database, "select id from invoices")))


async def void(database: Database, invoice_id: UUID) -> Invoice:
    async with database.begin() as tx:
        return await credit_notes.credit(
            tx, Correction(invoice_id=invoice_id, reason="wrong client"), actor=SYSTEM, now=NOW
        )


async def to_send(database: Database) -> list[UUID]:
    async with database.begin() as tx:
        found = await invoices.list_page(tx, filters=Filters(delivered=False), after=None, limit=9)
    return [invoice.id for invoice in found]


async def mail(database: Database, **batch: str) -> int:
    return await ActivityEnvironment().run(DeliverySteps(database, PRINTER).mail_documents, Batch(**batch))


async def test_what_was_taken_back_unseen_is_neither_listed_nor_sent(
    database: Database, unsent: UUID
) -> None:
    assert await to_send(database) == [unsent]
    note = await void(database, unsent)
    assert await to_send(database) == []
    for document_id in (unsent, note.id):
        async with database.begin() as tx:
            with pytest.raises(WrongState, match="BO-000001 was taken back before the client saw it"):
                await redelivering.deliver_again(tx, invoice_id=document_id, actor=SYSTEM)
    run = await one(database, "select run_id from billing_run_items")
    assert (await mail(database, document_id=unsent.hex), await mail(database, run_id=show("run", run))) == (
        0,
        0,
    )
    assert await rows(database, "select key from mails") == []


async def test_what_was_taken_back_after_it_was_sent_can_be_delivered_again(
    database: Database, unsent: UUID
) -> None:
    await hand_over(database)
    await void(database, unsent)
    async with database.begin() as tx:
        assert (await redelivering.deliver_again(tx, invoice_id=unsent, actor=SYSTEM)).state == "void"
    assert await mail(database, document_id=unsent.hex) == 1


async def test_an_invoice_that_is_taken_back_while_its_letter_is_written_is_not_mailed(
    database: Database, database_url: str, unsent: UUID
) -> None:
    taken_back = Correction(invoice_id=unsent, reason="wrong client")
    async with database.begin() as tx:
        await credit_notes.credit(tx, taken_back, actor=SYSTEM, now=NOW)
        mailing = asyncio.create_task(mail(database, document_id=unsent.hex))
        await somebody_waits_for_a_lock(database_url)
    assert await mailing == 0
    assert await rows(database, "select key from mails") == []
    assert await one(database, "select delivered_at from invoices where kind = 'invoice'") is None
