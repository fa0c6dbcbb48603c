"""Invoices and credit notes: found, and one with its lines, payments, mails, postings and document."""

from typing import Annotated, get_args

from fastapi import Depends, Request, Response

from api import invoices as doors
from api import outbox, payments, processes
from api.invoices import InvoiceInPath
from api.pages.asking import given, organization_asked, organizations_offered
from api.pages.choices import one_of
from api.pages.render import is_partial, page
from api.pages.routing import new_pages
from api.paging import Pages, Paging
from api.security import Principal, Transaction, needs
from api.temporal_link import temporal_of
from db import invoice_documents, postings
from db.engine import Tx
from db.mails import Filters as MailFilters
from domain.decline import decline_kind
from domain.errors import NotFound
from domain.ids import show
from domain.invoice.record import InvoiceKind, InvoiceState
from domain.money import parse_amount

router = new_pages("/invoices")
Reader = Annotated[Principal, Depends(needs("invoices:read"))]
STATES = get_args(InvoiceState)
KINDS = get_args(InvoiceKind)
_MAILS = 20
_SENT = {"yes": True, "no": False}


@router.get("")
async def list_all(request: Request, tx: Transaction, pages: Pages, principal: Reader) -> Response:
    """Invoices and credit notes that pass the filters, the newest first."""
    asked = given(request)
    chosen = await organization_asked(tx, asked)
    found = await doors.list_all(
        tx,
        pages,
        principal,
        chosen.shown_id if chosen else None,
        one_of(asked.get("state"), STATES),
        one_of(asked.get("kind"), KINDS, field="kind"),
        asked.get("period"),
        asked.get("number"),
        _SENT.get(asked.get("delivered", "")),
    )
    return page(
        request,
        "invoices/list.html",
        found=found,
        asked=asked | ({"organization_id": chosen.name} if chosen else {}),
        offered=[] if is_partial(request) else await organizations_offered(tx),
        states=STATES,
    )


@router.get("/{invoice_id}")
async def get(invoice_id: InvoiceInPath, request: Request, tx: Transaction, principal: Reader) -> Response:
    """One invoice or credit note."""
    found = await doors.get(invoice_id, tx, principal)
    is_open = parse_amount(found.amount_open) > 0
    is_invoice = found.kind == "invoice" and found.state != "draft"
    return page(
        request,
        "invoices/one.html",
        invoice=found,
        is_open=is_open,
        is_creditable=parse_amount(found.amount_creditable) > 0,
        payments=(await payments.list_of_invoice(invoice_id, tx)).items if is_invoice else [],
        offer=await payments.preview_pay(invoice_id, tx) if is_invoice and is_open else None,
        mails=await _mails(request, tx, principal, found.id),
        postings=await postings.list_subject(tx, subject_id=found.id),
        has_document=await invoice_documents.digest(tx, invoice_id=invoice_id) is not None,
        declined=decline_kind,
    )


@router.get("/{invoice_id}/collection")
async def show_collection(
    invoice_id: InvoiceInPath,
    request: Request,
    principal: Annotated[Principal, Depends(needs("processes:read"))],
) -> Response:
    """What the invoice's collection waits for; loaded by itself, because Temporal may be slow or down."""
    workflow_id = f"collection/{show('in', invoice_id)}"
    try:
        found = await processes.get(workflow_id, temporal_of(request), principal)
    except NotFound:
        found = None
    return page(request, "invoices/collection.html", process=found, workflow_id=workflow_id)


async def _mails(request: Request, tx: Tx, principal: Principal, subject_id: str) -> list[outbox.ShownMail]:
    """The mails about it, for those who may read the outbox."""
    if not principal.can("outbox:read"):
        return []
    about = MailFilters(subject_id=subject_id)
    return (await outbox.list_mails(request, tx, about, Paging(_MAILS, None))).items
