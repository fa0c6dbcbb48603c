"""What staff do about an invoice: credit or void it, deliver it, charge it now, record a transfer, give it up."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import invoices as doors
from api import payments
from api.invoices import InvoiceInPath, NewCreditNote, Void
from api.pages.acts import done
from api.pages.routing import OncePerForm, new_pages
from api.payment_shapes import Agreement, GivenUp, Transfer
from api.security import HouseTransaction, Principal, after_deletion, needs
from db import invoices
from db.engine import Tx
from domain.ids import show
from domain.money import parse_amount

router = new_pages("/invoices/{invoice_id}")
Writer = Annotated[Principal, Depends(needs("invoices:write"))]


class CreditForm(BaseModel):
    """What to take back, tax included, and why."""

    amount: str = Field("", max_length=40)
    reason: str = Field("", max_length=500)


class TransferForm(BaseModel):
    """Money that is at the bank."""

    amount: str = Field("", max_length=40)
    received_on: date
    reference: str = Field("", max_length=200)
    excess: Literal["refuse", "credits"] = "refuse"


@router.post("/credit-notes", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def credit(
    invoice_id: InvoiceInPath,
    form: Annotated[CreditForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Takes back a part of an invoice; what was paid of it becomes credits."""
    body = NewCreditNote(amount=form.amount, reason=form.reason)
    note = await doors.credit(invoice_id, body, request, tx, principal)
    text = f"Credit note {note.number} over {note.total} {note.currency} is issued" + await _goes_out(
        tx, invoice_id
    )
    if parse_amount(note.amount_returned):
        text += f" {note.amount_returned} {note.currency} of it are in the client’s credits."
    return done(request, f"/console/invoices/{note.id}", text)


async def _goes_out(tx: Tx, invoice_id: UUID) -> str:
    """The end of the sentence about a credit note: its client may not have seen what it corrects."""
    sent = (await invoices.get(tx, invoice_id=invoice_id)).delivered_at is not None
    return " and goes out." if sent else "; it goes out together with the invoice."


@router.post("/void", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def void(
    invoice_id: InvoiceInPath,
    form: Annotated[Void, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Takes back an unpaid invoice."""
    after = await doors.void(invoice_id, form, request, tx, principal)
    text = f"{after.number} is void; a credit note over {after.amount_credited} {after.currency} is issued"
    text += "." if after.delivered_at is None else " and goes out."
    return done(request, f"/console/invoices/{after.id}", text)


@router.post("/deliveries", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def deliver(
    invoice_id: InvoiceInPath, request: Request, tx: HouseTransaction, principal: Writer
) -> Response:
    """Renders and mails what was not sent yet, and begins its collection."""
    await doors.deliver(invoice_id, request, tx, principal)
    shown = (await invoices.get(tx, invoice_id=invoice_id)).shown_id
    return done(request, f"/console/invoices/{shown}", "It is being rendered and mailed, if it was not yet.")


@router.post("/pay", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def pay(
    invoice_id: InvoiceInPath,
    form: Annotated[Agreement, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("payments:write"))],
) -> Response:
    """Has the saved card charged now."""
    offer = await payments.pay(invoice_id, form, request, tx, principal)
    text = f"{offer.card} is being charged with {form.amount} {offer.currency}."
    return done(request, f"/console/invoices/{show('in', invoice_id)}", text, tone="info")


@router.post("/transfers", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def record_transfer(
    invoice_id: InvoiceInPath,
    form: Annotated[TransferForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settlements:write"))],
) -> Response:
    """Records a transfer that has arrived at the bank."""
    body = Transfer(**form.model_dump())
    payment = await payments.record_payment(invoice_id, body, request, tx, principal)
    text = f"{payment.amount} {payment.currency} are recorded and posted; the client gets a receipt."
    if parse_amount(payment.credited):
        text += f" {payment.credited} {payment.currency} of it are in the client’s credits."
    return done(request, f"/console/invoices/{show('in', invoice_id)}", text)


@router.post("/uncollectible", dependencies=[OncePerForm])
@after_deletion("what is owed is collected and corrected")
async def give_up(
    invoice_id: InvoiceInPath,
    form: Annotated[GivenUp, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Decides that an invoice will not be paid."""
    after = await payments.give_up(invoice_id, form, request, tx, principal)
    text = f"The invoice is uncollectible; {after.outstanding} stay unpaid and nobody asks for them any more."
    return done(request, f"/console/invoices/{show('in', invoice_id)}", text, tone="info")
