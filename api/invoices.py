"""Invoices and credit notes: listed, read, downloaded, sent again, and corrected."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from activities import credit_notes, redelivering
from activities.credit_notes import Correction
from api.invoice_shapes import ShownInvoice, ShownInvoiceSummary
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import HouseTransaction, Principal, Transaction, actor_of, after_deletion, needs
from db import invoice_documents, invoice_lines, invoices
from db.engine import Tx
from db.invoices import Filters
from domain.errors import Invalid, WrongState
from domain.ids import read, show
from domain.invoice.credit_note import LineCredit
from domain.invoice.record import Invoice, InvoiceKind, InvoiceState
from domain.money import parse_amount
from domain.period import read_period

router = new_router(prefix="/v1/invoices", tag="invoices")
Reader = Annotated[Principal, Depends(needs("invoices:read"))]
Writer = Annotated[Principal, Depends(needs("invoices:write"))]
_NOTES = 500


class CreditedLine(BaseModel):
    """A part of one line, before discount and tax."""

    line_id: str = Field(max_length=64)
    amount: str = Field(max_length=40, examples=["10.00"])


class NewCreditNote(BaseModel):
    """What to take back: an amount with tax, or parts of lines; with neither, all that is open. Paid money becomes credits."""

    reason: str = Field(min_length=1, max_length=500, examples=["Service was down on the 12th"])
    amount: str | None = Field(None, max_length=40, examples=["25.00"])
    lines: list[CreditedLine] | None = Field(None, min_length=1, max_length=1_000)


class Void(BaseModel):
    """Why the whole invoice is taken back."""

    reason: str = Field(min_length=1, max_length=500)


def invoice_in_path(invoice_id: str) -> UUID:
    """The invoice (`in_…`) or credit note (`cn_…`) that the address names.

    Raises:
        BadIdentifier: it is the id of neither.
    """
    return read("cn" if invoice_id.startswith("cn_") else "in", invoice_id)


InvoiceInPath = Annotated[UUID, Depends(invoice_in_path)]


@router.get("")
async def list_all(
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    state: InvoiceState | None = None,
    kind: InvoiceKind | None = None,
    period: Annotated[str | None, Query(max_length=20)] = None,
    number: Annotated[str | None, Query(max_length=60)] = None,
    delivered: Annotated[bool | None, Query()] = None,
) -> Page[ShownInvoiceSummary]:
    """Invoices and credit notes, the newest first; a client sees its own that were handed over."""
    asked = None if organization_id is None else read("org", organization_id)
    filters = Filters(
        organization_id=principal.organization_filter(asked),
        state=state,
        kind=kind,
        period=None if period is None else read_period(period),
        number=number,
        delivered=delivered if principal.is_staff else True,
    )
    found = await invoices.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    return pages.page(found, ShownInvoiceSummary.of, lambda invoice: invoice.id)


@router.get("/{invoice_id}")
async def get(invoice_id: InvoiceInPath, tx: Transaction, principal: Reader) -> ShownInvoice:
    """One invoice or credit note with its lines and, for an invoice, the credit notes that correct it."""
    return await _whole(tx, await visible(tx, invoice_id, principal), principal)


@router.get("/{invoice_id}/pdf", response_class=Response)
async def pdf(invoice_id: InvoiceInPath, request: Request, tx: Transaction, principal: Reader) -> Response:
    """The document as it was sent; its ETag is the hash of its bytes."""
    invoice = await visible(tx, invoice_id, principal)
    digest = await invoice_documents.digest(tx, invoice_id=invoice.id)
    headers = _document_headers(invoice, digest)
    if digest is not None and request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    document = await invoice_documents.get(tx, invoice_id=invoice.id)
    return Response(document.bytes, media_type="application/pdf", headers=headers)


@router.post("/{invoice_id}/credit-notes", status_code=201, dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def credit(
    invoice_id: InvoiceInPath, body: NewCreditNote, request: Request, tx: HouseTransaction, principal: Writer
) -> ShownInvoice:
    """Take back a part of an invoice, or all that is open; what is more was paid, and becomes the client's credits.

    An unpaid invoice credited in full becomes void.
    """
    if body.amount is not None and body.lines is not None:
        raise Invalid("amount: give either an amount or lines, not both")
    parts = [
        LineCredit(read("line", part.line_id), parse_amount(part.amount, field="lines"))
        for part in body.lines or ()
    ]
    correction = Correction(
        invoice_id=invoice_id,
        reason=body.reason,
        amount_nanos=None if body.amount is None else parse_amount(body.amount, field="amount"),
        lines=tuple(parts),
    )
    actor, now = actor_of(request, principal), datetime.now(UTC)
    return await _whole(tx, await credit_notes.credit(tx, correction, actor=actor, now=now), principal)


@router.post("/{invoice_id}/void", status_code=201, dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def void(
    invoice_id: InvoiceInPath, body: Void, request: Request, tx: HouseTransaction, principal: Writer
) -> ShownInvoice:
    """Take back an unpaid invoice by a credit note over all of it."""
    invoice = await invoices.get(tx, invoice_id=invoice_id)
    if invoice.amount_paid_nanos:
        raise WrongState("A part of the invoice is paid; issue a credit note instead", state=invoice.state)
    correction = Correction(invoice_id=invoice_id, reason=body.reason)
    actor, now = actor_of(request, principal), datetime.now(UTC)
    await credit_notes.credit(tx, correction, actor=actor, now=now)
    return await _whole(tx, await invoices.get(tx, invoice_id=invoice_id), principal)


@router.post("/{invoice_id}/deliveries", status_code=202, dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def deliver(
    invoice_id: InvoiceInPath, request: Request, tx: HouseTransaction, principal: Writer
) -> Mapping[str, str]:
    """Send what was not sent yet (its run was cancelled) and begin its collection; twice, it is once."""
    invoice = await redelivering.deliver_again(tx, invoice_id=invoice_id, actor=actor_of(request, principal))
    return {"id": invoice.shown_id, "workflow_id": f"invoice-delivery/{invoice.shown_id}"}


async def visible(tx: Tx, invoice_id: UUID, principal: Principal) -> Invoice:
    """The invoice, if it exists for this principal.

    Raises:
        NotFound: there is none, it is another organization's, or one that the client was not handed yet.
    """
    invoice = await invoices.get(tx, invoice_id=invoice_id)
    principal.require_organization(None if invoice.delivered_at is None else invoice.organization_id)
    return invoice


async def _whole(tx: Tx, invoice: Invoice, principal: Principal) -> ShownInvoice:
    lines = await invoice_lines.of_invoice(tx, invoice_id=invoice.id)
    filters = Filters(corrects_id=invoice.id, organization_id=principal.organization_filter(None))
    notes = await invoices.list_page(tx, filters=filters, after=None, limit=_NOTES)
    return ShownInvoice.whole(invoice, lines, notes)


def _document_headers(invoice: Invoice, digest: bytes | None) -> dict[str, str]:
    noun = "invoice" if invoice.kind == "invoice" else "credit-note"
    number = (invoice.number or show("in", invoice.id)).encode("ascii", "ignore").decode()
    return {
        "Content-Disposition": f'inline; filename="{noun}-{number}.pdf"',
        "ETag": f'"{digest.hex()}"' if digest else '""',
        "Cache-Control": "private, max-age=0, must-revalidate",
    }
