"""A payment of an invoice: a charge that cannot happen twice, or a transfer that a person recorded.

What the provider says about a charge is an observation. Observations come repeated, late and in any order; the
furthest one wins, so the payment and its postings are the same whatever the order.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.errors import WrongState
from domain.ids import show
from domain.posting import Account, Posting

PaymentState = Literal["created", "processing", "requires_action", "succeeded", "failed", "cancelled"]
PaymentMethod = Literal["card", "bank_transfer"]

UNDER_WAY: frozenset[PaymentState] = frozenset({"created", "processing", "requires_action"})
# A charge that failed may still succeed when the client tries it again on the hosted page; nothing undoes a success.
_RANK: dict[PaymentState, int] = {
    "created": 0,
    "requires_action": 1,
    "processing": 2,
    "failed": 3,
    "cancelled": 4,
    "succeeded": 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One attempt to collect, or one transfer received.

    `applied_nanos` is what settled the invoice and `credited_nanos` what went into the client's credits; the rest
    of `amount_nanos`, if any, is owed back.
    `charge_key` is made from the invoice and the number of the charge and recorded before the provider is
    called. `settled_at` is when the money was seen. `fee_nanos` is the provider's, in the payment's currency.
    """

    id: UUID
    organization_id: UUID
    invoice_id: UUID
    method: PaymentMethod
    state: PaymentState
    charge_number: int
    charge_key: str
    amount_nanos: int
    currency: str
    fee_nanos: int = 0
    applied_nanos: int = 0
    refunded_nanos: int = 0
    credited_nanos: int = 0
    payment_method_id: str = ""
    stripe_intent_id: str | None = None
    stripe_charge_id: str | None = None
    decline_code: str = ""
    dispute_state: str = ""
    hosted_url: str = ""
    reference: str = ""
    received_on: date | None = None
    recorded_by: str = ""
    created_at: datetime
    updated_at: datetime
    settled_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """True while the provider may still take the money without our asking again."""
        return self.state in UNDER_WAY

    @property
    def in_flight(self) -> bool:
        """True while the money may move without anybody's doing; not while a client still has to confirm."""
        return self.state in ("created", "processing")

    @property
    def excess_nanos(self) -> int:
        """What was received beyond what the invoice needed, and has not gone back."""
        if self.state != "succeeded":
            return 0
        return max(self.amount_nanos - self.applied_nanos - self.credited_nanos - self.refunded_nanos, 0)

    @property
    def gone_nanos(self) -> int:
        """What of the money that settled the invoice went back at the provider, or was lost in a dispute."""
        if self.dispute_state == "lost":
            return self.applied_nanos
        beyond = self.amount_nanos - self.applied_nanos - self.credited_nanos
        return max(self.refunded_nanos - beyond, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the provider says about a charge now; empty where it says nothing."""

    state: PaymentState
    intent_id: str = ""
    charge_id: str = ""
    fee_nanos: int = 0
    decline_code: str = ""
    hosted_url: str = ""


def charge_key(invoice_id: UUID, number: int) -> str:
    """The key of an invoice's n-th charge: the same fact always gives the same key."""
    return f"charge:{invoice_id.hex}:{number}"


def observed(payment: Payment, seen: Observation, *, now: datetime) -> Payment:
    """The payment after an observation: moved forward, or only completed where it knew less."""
    known = replace(
        payment,
        stripe_intent_id=payment.stripe_intent_id or seen.intent_id or None,
        stripe_charge_id=payment.stripe_charge_id or seen.charge_id or None,
        fee_nanos=payment.fee_nanos or seen.fee_nanos,
    )
    if _RANK[seen.state] > _RANK[payment.state]:
        known = replace(
            known,
            state=seen.state,
            stripe_charge_id=seen.charge_id or known.stripe_charge_id,
            decline_code=seen.decline_code if seen.state == "failed" else known.decline_code,
            hosted_url=seen.hosted_url or known.hosted_url,
        )
    if known == payment:
        return payment
    return replace(known, updated_at=now)


def settled(payment: Payment, *, outstanding_nanos: int, now: datetime) -> Payment:
    """The succeeded payment with what of it settles the invoice; once settled it stays as it was."""
    if payment.settled_at is not None:
        return payment
    return replace(payment, applied_nanos=min(payment.amount_nanos, outstanding_nanos), settled_at=now)


def postings_of(payment: Payment) -> list[Posting]:
    """What a settled payment writes into the books, each under its own key: money, excess, its return, fee.

    The excess that becomes credits is posted with its lot, by `db.wallets.credit`.
    """
    if payment.settled_at is None:
        return []
    cash: Account = "cash:stripe" if payment.method == "card" else "cash:bank"
    key = f"payment:{payment.id.hex}"
    excess = payment.amount_nanos - payment.applied_nanos
    owed_back = excess - payment.credited_nanos
    returned = owed_back if payment.refunded_nanos >= owed_back else 0
    moves: list[tuple[Account, Account, int, str]] = [
        (cash, "receivable:billed", payment.applied_nanos, key),
        (cash, "refunds", excess, f"{key}:excess"),
        ("refunds", cash, returned, f"{key}:excess-returned"),
        ("fees:stripe", cash, payment.fee_nanos, f"{key}:fee"),
    ]
    return [_posting(payment, *move) for move in moves if move[2] > 0]


def _posting(payment: Payment, debit: Account, credit: Account, amount_nanos: int, key: str) -> Posting:
    if payment.settled_at is None:
        raise WrongState(
            "A payment is posted when it is settled, not before", payment=show("pay", payment.id)
        )
    return Posting(
        organization_id=payment.organization_id,
        entry_id=payment.id,
        debit=debit,
        credit=credit,
        amount_nanos=amount_nanos,
        currency=payment.currency,
        cause="payment",
        subject_id=show("in", payment.invoice_id),
        key=key,
        posted_at=payment.settled_at,
    )
