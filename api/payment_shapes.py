"""How payments look at the doors."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from activities.paying import Offer
from db.payment_failures import Failures
from domain.decline import Decline, decline_kind
from domain.ids import show
from domain.money import format_amount
from domain.payment import Payment, PaymentMethod, PaymentState

_AMOUNT = Field(max_length=40, examples=["120.00"])


class ShownPayment(BaseModel):
    """One charge or transfer; `applied` settled the invoice, `credited` became credits, `refunded` went back."""

    id: str
    organization_id: str
    invoice_id: str
    method: PaymentMethod
    state: PaymentState
    charge_number: int
    amount: str
    applied: str
    credited: str
    refunded: str
    fee: str
    currency: str
    decline_code: str
    dispute_state: str
    confirm_url: str = Field(description="Where the client confirms the payment with their bank")
    stripe_intent_id: str | None
    reference: str
    received_on: date | None
    created_at: datetime
    updated_at: datetime
    settled_at: datetime | None


class Transfer(BaseModel):
    """Money that is at the bank."""

    amount: str = _AMOUNT
    received_on: date
    reference: str = Field(min_length=1, max_length=200, examples=["BO-000042"])
    excess: Literal["refuse", "credits"] = Field(
        "refuse", description="What to do when it is more than is owed: record nothing, or give it as credits"
    )


class Agreement(BaseModel):
    """What the payer was shown and agreed to."""

    amount: str = _AMOUNT


class ShownOffer(BaseModel):
    """What paying now would do; `confirm_url` when a charge waits for the client instead."""

    invoice_id: str
    state: str
    amount: str
    currency: str
    card: str
    under_way: bool
    confirm_url: str
    workflow_id: str


class GivenUp(BaseModel):
    """Why an invoice will not be paid."""

    reason: str = Field(min_length=1, max_length=500)


class ShownState(BaseModel):
    """An invoice's state."""

    invoice_id: str
    state: str
    outstanding: str


class ShownFailures(BaseModel):
    """Charges that failed for one reason; `kind` says whether asking the same card again can help."""

    decline_code: str
    kind: Decline
    charges: int
    organizations: int
    amount: str
    currency: str
    open_invoices: int
    last_at: datetime


def shown_failures(failures: Failures) -> ShownFailures:
    """The failures as the door shows them."""
    return ShownFailures(
        decline_code=failures.decline_code,
        kind=decline_kind(failures.decline_code),
        charges=failures.charges,
        organizations=failures.organizations,
        amount=format_amount(failures.amount_nanos),
        currency=failures.currency,
        open_invoices=failures.open_invoices,
        last_at=failures.last_at,
    )


def shown(payment: Payment) -> ShownPayment:
    """The payment as the door shows it."""
    return ShownPayment(
        id=show("pay", payment.id),
        organization_id=show("org", payment.organization_id),
        invoice_id=show("in", payment.invoice_id),
        method=payment.method,
        state=payment.state,
        charge_number=payment.charge_number,
        amount=format_amount(payment.amount_nanos),
        applied=format_amount(payment.applied_nanos),
        credited=format_amount(payment.credited_nanos),
        refunded=format_amount(payment.refunded_nanos),
        fee=format_amount(payment.fee_nanos),
        currency=payment.currency,
        decline_code=payment.decline_code,
        dispute_state=payment.dispute_state,
        confirm_url=payment.hosted_url if payment.state == "requires_action" else "",
        stripe_intent_id=payment.stripe_intent_id,
        reference=payment.reference,
        received_on=payment.received_on,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        settled_at=payment.settled_at,
    )


def shown_offer(found: Offer) -> ShownOffer:
    """The offer as the door shows it."""
    invoice_id = show("in", found.owed.invoice_id)
    return ShownOffer(
        invoice_id=invoice_id,
        state=found.owed.state,
        amount=format_amount(found.amount_nanos),
        currency=found.owed.currency,
        card=found.card,
        under_way=found.under_way,
        confirm_url=found.confirm_url,
        workflow_id=f"collection/{invoice_id}",
    )
