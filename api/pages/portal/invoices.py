"""The organization's invoices: listed, read, downloaded, paid."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api import invoices
from api.invoices import InvoiceInPath
from api.pages.render import page
from api.pages.routing import new_portal
from api.paging import Pages
from api.security import Principal, Transaction, needs
from domain.ids import read
from domain.invoice.record import InvoiceState
from domain.payment_link import payment_token
from gateways.settings import Settings

router = new_portal("/invoices")
Reader = Annotated[Principal, Depends(needs("invoices:read"))]
OPEN_STATES: tuple[InvoiceState, ...] = ("finalized", "past_due")


def pay_page(request: Request, principal: Principal, invoice_id: str) -> str | None:
    """Where an invoice is paid, for those who may pay."""
    if not principal.can("payments:write"):
        return None
    settings: Settings = request.app.state.settings
    return f"/pay/{payment_token(read('in', invoice_id), settings.session_secret)}"


@router.get("")
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    state: InvoiceState | None = None,
) -> Response:
    """Invoices and credit notes, the newest first."""
    found = await invoices.list_all(tx, pages, principal, None, state)
    pays = {one.id: pay_page(request, principal, one.id) for one in found.items if one.state in OPEN_STATES}
    return page(request, "portal/invoices/list.html", found=found, pays=pays)


@router.get("/{invoice_id}")
async def show(invoice_id: InvoiceInPath, request: Request, tx: Transaction, principal: Reader) -> Response:
    """One invoice or credit note with its lines."""
    invoice = await invoices.get(invoice_id, tx, principal)
    is_open = invoice.kind == "invoice" and invoice.state in OPEN_STATES
    pay = pay_page(request, principal, invoice.id) if is_open else None
    return page(request, "portal/invoices/one.html", invoice=invoice, pay=pay, is_open=is_open)
