"""What follows a finalized invoice or credit note: its document, its mail, and the start of its collection."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.credit_notes import deliver
from activities.documents import Printer, document_of
from activities.invoice_letters import queue_letter
from db import intents, invoice_documents, invoice_lines, invoices
from db.engine import Database, Tx
from db.invoice_documents import Document
from domain.documents import InvoiceDocument
from domain.ids import read, show
from domain.invoice.record import Invoice
from gateways.pdf import page_count, render_invoice
from gateways.temporal import actors

_TOGETHER = 20


class Batch(BaseModel):
    """Documents to deliver: those of one chunk of a run, or a single one by its id without prefix."""

    model_config = ConfigDict(frozen=True)

    run_id: str = ""
    chunk: int = 0
    document_id: str = ""


class DeliverySteps:
    """Each step may be repeated: documents are kept once, mails and processes have keys."""

    def __init__(self, database: Database, printer: Printer) -> None:
        self._database = database
        self._printer = printer

    @activity.defn
    async def render_documents(self, batch: Batch) -> int:
        """Afterwards every document of the batch is kept; says how many were rendered now."""
        async with self._database.begin() as tx:
            wanted = await _invoices_of(tx, batch)
            known = await invoice_documents.rendered(tx, invoice_ids=[invoice.id for invoice in wanted])
        missing = [invoice for invoice in wanted if invoice.id not in known]
        for first in range(0, len(missing), _TOGETHER):
            await self._render(missing[first : first + _TOGETHER])
            activity.heartbeat(first)
        return len(missing)

    async def _render(self, some: Sequence[Invoice]) -> None:
        """Renders in threads, one for each core: Typst does not hold Python's lock."""
        async with self._database.begin() as tx:
            facts = await self._facts(tx, some)
        cores = asyncio.Semaphore(os.cpu_count() or 1)

        async def rendered(invoice: Invoice, document: InvoiceDocument) -> Document:
            async with cores:
                return await asyncio.to_thread(_document, invoice, document)

        documents = await asyncio.gather(*(rendered(*pair) for pair in zip(some, facts, strict=True)))
        async with self._database.begin() as tx:
            await invoice_documents.insert_all(tx, documents)

    async def _facts(self, tx: Tx, some: Sequence[Invoice]) -> list[InvoiceDocument]:
        lines = await invoice_lines.of_invoices(tx, invoice_ids=[invoice.id for invoice in some])
        numbers = {i.corrects_id: await _number(tx, i.corrects_id) for i in some if i.corrects_id}
        return [
            document_of(
                i,
                lines.get(i.id, []),
                self._printer,
                corrected_number=numbers.get(i.corrects_id) if i.corrects_id else None,
            )
            for i in some
        ]

    @activity.defn
    async def mail_documents(self, batch: Batch) -> int:
        """Afterwards every document of the batch is handed over: its letter is in the outbox, once; says how many."""
        async with self._database.begin() as tx:
            wanted = await _invoices_of(tx, batch)
        handed_over = 0
        for first in range(0, len(wanted), _TOGETHER):
            ids = [invoice.id for invoice in wanted[first : first + _TOGETHER]]
            async with self._database.begin() as tx:
                handed_over += await self._hand_over(tx, ids)
            activity.heartbeat(first)
        return handed_over

    async def _hand_over(self, tx: Tx, ids: Sequence[UUID]) -> int:
        """Writes the letters; from here on clients see the documents, and credit notes that waited for them follow.

        What somebody takes back meanwhile is not handed over.
        """
        some = await invoices.lock_sendable(tx, invoice_ids=ids)
        for invoice in some:
            await queue_letter(tx, invoice, self._printer, now=_now())
        sent = [invoice.id for invoice in some]
        await invoices.mark_delivered(tx, invoice_ids=sent, now=_now())
        for note in await invoices.list_notes_held_back(tx, invoice_ids=sent):
            await deliver(tx, note, actor=actors.current())
        return len(some)

    @activity.defn
    async def start_collections(self, batch: Batch) -> int:
        """Afterwards every invoice of the batch on which money is due has its process; says how many have."""
        async with self._database.begin() as tx:
            due = [invoice for invoice in await _invoices_of(tx, batch) if invoice.open_nanos > 0]
            for invoice in due:
                await start_collection(tx, invoice)
        return len(due)


async def start_collection(tx: Tx, invoice: Invoice) -> None:
    """Wants the process that collects what is due on an invoice; wanted twice, it is one."""
    await intents.insert(
        tx,
        key=f"collection/{invoice.shown_id}",
        kind="start",
        workflow="Collection",
        workflow_id=f"collection/{invoice.shown_id}",
        payload={"invoice_id": invoice.shown_id, "organization_id": show("org", invoice.organization_id)},
        organization_id=invoice.organization_id,
        summary=f"Collection of {invoice.number}",
    )


async def _invoices_of(tx: Tx, batch: Batch) -> Sequence[Invoice]:
    if batch.document_id:
        return [await invoices.get(tx, invoice_id=UUID(batch.document_id))]
    return await invoices.of_chunk(tx, run_id=read("run", batch.run_id), chunk=batch.chunk)


async def _number(tx: Tx, invoice_id: UUID) -> str | None:
    return (await invoices.get(tx, invoice_id=invoice_id)).number


def _document(invoice: Invoice, facts: InvoiceDocument) -> Document:
    content = render_invoice(facts)
    return Document(
        invoice_id=invoice.id,
        organization_id=invoice.organization_id,
        sha256=hashlib.sha256(content).digest(),
        pages=page_count(content),
        bytes=content,
        rendered_at=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC)
