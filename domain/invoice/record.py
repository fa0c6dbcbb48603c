"""Invoices and credit notes as they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from domain.errors import Refusal, WrongState
from domain.ids import show

InvoiceKind = Literal["invoice", "credit_note"]
InvoiceState = Literal["draft", "finalized", "paid", "past_due", "void", "uncollectible"]
OPEN_STATES = frozenset[str]({"finalized", "past_due"})
Facts = Mapping[str, Any]


class Unbillable(Refusal):
    """The facts of an organization do not give an invoice; somebody has to look at them."""

    code = "unbillable"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One row as kept; `exact_nanos` is what the books say, `amount_nanos` whole coins."""

    id: UUID
    position: int
    kind: str
    description: str
    provider: str
    model: str
    measure: str
    meter: str
    usage_month: date | None
    price_id: UUID | None
    quantity: Decimal
    unit: str
    unit_price_nanos: int
    exact_nanos: int
    amount_nanos: int

    @property
    def priced_per(self) -> int:
        """Of how many units `unit_price_nanos` is the price."""
        return 1_000_000 if self.measure in ("input", "cached", "output") else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice, or a credit note that corrects one; amounts in nanos of `currency`.

    Of what is due, `amount_credited_nanos` was taken off before it was paid; `amount_returned_nanos` of what was
    paid went back into the client's credits. A credit note's total is both together. `delivered_at` is when it was
    handed to the client, who sees nothing of it before.
    """

    id: UUID
    organization_id: UUID
    kind: InvoiceKind
    corrects_id: UUID | None
    legal_entity: str
    period: date
    covers_from: datetime | None
    covers_until: datetime | None
    number: str | None
    state: InvoiceState
    currency: str
    usage_nanos: int
    rounding_nanos: int
    subtotal_nanos: int
    discount_nanos: int
    tax_nanos: int
    total_nanos: int
    credits_applied_nanos: int
    amount_due_nanos: int
    amount_paid_nanos: int
    amount_credited_nanos: int
    amount_returned_nanos: int
    discount_snapshot: Facts | None
    tax_snapshot: Facts | None
    buyer: Facts
    seller: Facts
    reason: str
    run_id: UUID | None
    created_at: datetime
    finalized_at: datetime | None
    due_on: date | None
    paid_at: datetime | None
    voided_at: datetime | None
    delivered_at: datetime | None

    @property
    def shown_id(self) -> str:
        """The id at the doors: `in_…`, or `cn_…` for a credit note."""
        return show("in" if self.kind == "invoice" else "cn", self.id)

    @property
    def open_nanos(self) -> int:
        """What is still to be paid."""
        if self.kind == "credit_note" or self.state not in OPEN_STATES:
            return 0
        return self.amount_due_nanos - self.amount_paid_nanos - self.amount_credited_nanos

    @property
    def creditable_nanos(self) -> int:
        """What a credit note can take back: what is open, and what was paid and has not gone back."""
        if self.kind == "credit_note" or self.state not in OPEN_STATES | {"paid"}:
            return 0
        return self.open_nanos + self.amount_paid_nanos - self.amount_returned_nanos

    def require_delivered(self) -> None:
        """Refuses to take money for what the client has not seen.

        Raises:
            WrongState: it was not handed over yet.
        """
        if self.delivered_at is None:
            raise WrongState("The client was not sent this invoice yet; deliver it first", state=self.state)

    def require_creditable(self) -> None:
        """Refuses to correct what was not asked for, or was taken back already.

        Raises:
            WrongState: it is a draft, void, given up, or a credit note; or no money was asked for or is left.
        """
        if self.kind == "credit_note":
            raise WrongState("A credit note cannot be credited")
        if self.state not in OPEN_STATES | {"paid"}:
            raise WrongState(
                f"The invoice is {self.state}; only an open or a paid invoice can be credited",
                state=self.state,
            )
        if self.creditable_nanos == 0:
            raise WrongState(
                "No money is due on this invoice or was paid for it, so there is nothing to credit;"
                " credits that it used are given back in the client's wallet",
                state=self.state,
            )


def number_text(prefix: str, sequence: int) -> str:
    """The number as printed: the entity's prefix and at least six digits."""
    return f"{prefix}{sequence:06d}"
