"""Why an invoice says what it says: from the line to its records, their price version and their postings."""

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from api import explain, invoices
from api.explain_shapes import Explanation, LineRecords
from api.invoices import InvoiceInPath
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Principal, Transaction, needs

router = new_pages("/invoices/{invoice_id}/explain")
Reader = Annotated[Principal, Depends(needs("invoices:read"))]


@router.get("")
async def show_all(
    invoice_id: InvoiceInPath, request: Request, tx: Transaction, pages: Pages, principal: Reader
) -> Response:
    """Every line with what is behind it, and the proof that all of it adds up."""
    found = await explain.explain_invoice(invoice_id, request, tx, pages, principal)
    return page(request, "invoices/explain.html", found=cast("Explanation", found))


@router.get("/{line_id}")
async def show_line(
    invoice_id: InvoiceInPath,
    line_id: str,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
) -> Response:
    """The records behind one line, in the order of time."""
    invoice = await invoices.get(invoice_id, tx, principal)
    found = await explain.explain_invoice(invoice_id, request, tx, pages, principal, line_id)
    return page(request, "invoices/line.html", invoice=invoice, found=cast("LineRecords", found))
