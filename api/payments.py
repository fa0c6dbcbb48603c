"""Payments: what came in and what is under way; paying an invoice now; transfers recorded by staff."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from activities import paying, transfers
from api.invoices import visible
from api.paging import Page, Pages, Whole
from api.payment_shapes import (
    Agreement,
    GivenUp,
    ShownFailures,
    ShownOffer,
    ShownPayment,
    ShownState,
    Transfer,
    shown,
    shown_failures,
    shown_offer,
)
from api.routing import Once, new_router
from api.security import HouseTransaction, Principal, Transaction, actor_of, after_deletion, needs
from db import payment_failures, payments, receivables
from domain.ids import read, show
from domain.money import format_amount, parse_amount
from domain.payment import PaymentState

router = new_router(prefix="/v1", tag="payments")
Reader = Annotated[Principal, Depends(needs("payments:read"))]
Payer = Annotated[Principal, Depends(needs("payments:write"))]


def invoice_in_path(invoice_id: str) -> UUID:
    """The invoice named in the path."""
    return read("in", invoice_id)


InvoiceInPath = Annotated[UUID, Depends(invoice_in_path)]


@router.get("/payments")
async def list_payments(
    tx: Transaction,
    paging: Pages,
    principal: Reader,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    invoice_id: Annotated[str | None, Query(max_length=64)] = None,
    state: PaymentState | None = None,
) -> Page[ShownPayment]:
    """Payments, the newest first; a client sees its own."""
    asked = read("org", organization_id) if organization_id else None
    filters = payments.Filters(
        organization_id=principal.organization_filter(asked),
        invoice_id=read("in", invoice_id) if invoice_id else None,
        state=state,
    )
    found = await payments.list_page(tx, filters=filters, after=paging.after_id, limit=paging.fetch)
    return paging.page(found, shown, lambda payment: payment.id)


@router.get("/payments/failures", dependencies=[Depends(needs("payments:read"))])
async def list_failures(
    tx: Transaction, days: Annotated[int, Query(ge=1, le=365)] = 30
) -> Whole[ShownFailures]:
    """Why charges failed in the last days, the most frequent reason first; a client sees its own."""
    found = await payment_failures.since(tx, at=datetime.now(UTC) - timedelta(days=days))
    return Whole(items=[shown_failures(failures) for failures in found])


@router.get("/payments/{payment_id}", dependencies=[Depends(needs("payments:read"))])
async def get_payment(payment_id: str, tx: Transaction) -> ShownPayment:
    """One payment."""
    return shown(await payments.get(tx, payment_id=read("pay", payment_id)))


@router.get("/invoices/{invoice_id}/payments", dependencies=[Depends(needs("payments:read"))])
async def list_of_invoice(invoice_id: InvoiceInPath, tx: Transaction) -> Page[ShownPayment]:
    """The payments of an invoice, the first one first."""
    await receivables.get(tx, invoice_id=invoice_id)
    found = await payments.list_of_invoice(tx, invoice_id=invoice_id)
    return Page(items=[shown(payment) for payment in found], next_cursor=None)


@router.post("/invoices/{invoice_id}/payments", status_code=201, dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def record_payment(
    invoice_id: InvoiceInPath,
    body: Transfer,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settlements:write"))],
) -> ShownPayment:
    """Record a transfer that has arrived at the bank: a part of what is owed, or more, which may become credits."""
    transfer = transfers.Transfer(
        invoice_id=invoice_id,
        amount_nanos=parse_amount(body.amount, field="amount"),
        received_on=body.received_on,
        reference=body.reference,
        to_credits=body.excess == "credits",
    )
    settlement, actor = request.app.state.collecting.settlement, actor_of(request, principal)
    now = datetime.now(UTC)
    return shown(await transfers.record_transfer(tx, settlement, transfer, actor=actor, now=now))


@router.get("/invoices/{invoice_id}/pay", dependencies=[Depends(needs("payments:read"))])
async def preview_pay(invoice_id: InvoiceInPath, tx: Transaction) -> ShownOffer:
    """What paying now would charge, and to which card."""
    return shown_offer(await paying.offer(tx, invoice_id=invoice_id))


@router.post("/invoices/{invoice_id}/pay", status_code=202, dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def pay(
    invoice_id: InvoiceInPath, body: Agreement, request: Request, tx: HouseTransaction, principal: Payer
) -> ShownOffer:
    """Charge the saved card now; the amount must be the one that is owed."""
    await visible(tx, invoice_id, principal)
    amount_nanos, actor = parse_amount(body.amount, field="amount"), actor_of(request, principal)
    found = await paying.pay_now(tx, invoice_id=invoice_id, amount_nanos=amount_nanos, actor=actor)
    return shown_offer(found)


@router.post("/invoices/{invoice_id}/uncollectible", dependencies=[Once])
@after_deletion("what is owed is collected and corrected")
async def give_up(
    invoice_id: InvoiceInPath,
    body: GivenUp,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("invoices:write"))],
) -> ShownState:
    """Decide that an invoice will not be paid; its collection ends."""
    after = await paying.give_up(
        tx,
        invoice_id=invoice_id,
        reason=body.reason,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return ShownState(
        invoice_id=show("in", invoice_id),
        state=after.state,
        outstanding=format_amount(after.outstanding_nanos),
    )
