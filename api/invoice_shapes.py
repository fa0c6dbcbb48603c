"""How invoices, credit notes and their lines are shown."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from domain.ids import show
from domain.invoice.record import Facts, Invoice, InvoiceKind, InvoiceLine, InvoiceState
from domain.money import format_amount
from domain.period import show_period
from domain.tax import show_percent


class ShownLine(BaseModel):
    """One row; `unit_price` is the price of `priced_per` units."""

    id: str
    position: int
    kind: str
    description: str
    provider: str
    model: str
    measure: str
    meter: str
    usage_month: str | None
    quantity: str
    unit: str
    unit_price: str
    priced_per: int
    amount: str
    exact_amount: str = Field(description="Before the invoice was rounded to coins")

    @classmethod
    def of(cls, line: InvoiceLine) -> Self:
        """The line as the door shows it."""
        return cls(**line_facts(line))


def line_facts(line: InvoiceLine) -> dict[str, Any]:
    """The line's fields as the doors write them."""
    same = ("position", "kind", "description", "provider", "model", "measure", "meter", "unit", "priced_per")
    return {name: getattr(line, name) for name in same} | {
        "id": show("line", line.id),
        "usage_month": None if line.usage_month is None else show_period(line.usage_month),
        "quantity": f"{line.quantity.normalize():f}",
        "unit_price": format_amount(line.unit_price_nanos),
        "amount": format_amount(line.amount_nanos),
        "exact_amount": format_amount(line.exact_nanos),
    }


class ShownParty(BaseModel):
    """Who bills or is billed, as printed."""

    name: str
    address_lines: list[str]
    country: str
    tax_id: str
    email: str

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """The party frozen with the document."""
        texts = {name: str(facts.get(name, "")) for name in ("name", "country", "tax_id", "email")}
        return cls(**texts, address_lines=[str(line) for line in facts.get("address_lines", ())])


class ShownRate(BaseModel):
    """A discount or tax as it was when the document was made; `rate` in percent, on `base`."""

    name: str
    rate: str
    base: str
    amount: str
    exempt: bool = False

    @classmethod
    def of(cls, facts: Facts | None, amount_nanos: int, name: str) -> Self | None:
        """The frozen rate, if there was one."""
        if facts is None:
            return None
        return cls(
            name=str(facts.get("name", name)),
            rate=show_percent(int(facts.get("rate_ppm", 0))),
            base=format_amount(int(facts.get("base_nanos", 0))),
            amount=format_amount(amount_nanos),
            exempt=bool(facts.get("exempt", False)),
        )


class ShownInvoiceSummary(BaseModel):
    """An invoice or credit note without its lines."""

    id: str
    organization_id: str
    organization: str
    kind: InvoiceKind
    number: str | None
    state: InvoiceState
    period: str
    currency: str
    subtotal: str
    discount: str
    tax: str
    total: str
    credits_applied: str
    amount_due: str
    amount_paid: str
    amount_credited: str = Field(description="Taken off what was due by credit notes")
    amount_returned: str = Field(description="Of what was paid, what credit notes gave back as credits")
    amount_creditable: str = Field(description="The most a credit note can take back now")
    amount_open: str
    corrects_id: str | None
    reason: str
    billing_run_id: str | None
    created_at: datetime
    finalized_at: datetime | None
    due_on: date | None
    paid_at: datetime | None
    voided_at: datetime | None
    delivered_at: datetime | None = Field(description="When it was handed to the client")

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """The invoice as a list shows it."""
        return cls(**summary_facts(invoice))


def summary_facts(invoice: Invoice) -> dict[str, Any]:
    """The invoice's fields as the doors write them."""
    same = (
        "kind",
        "number",
        "state",
        "currency",
        "reason",
        "created_at",
        "finalized_at",
        "due_on",
        "paid_at",
    )
    amounts = ("subtotal", "discount", "tax", "total", "credits_applied", "amount_due", "amount_paid")
    shown = {name: getattr(invoice, name) for name in (*same, "voided_at", "delivered_at")}
    shown |= {
        name: format_amount(getattr(invoice, f"{name}_nanos"))
        for name in (*amounts, "amount_credited", "amount_returned")
    }
    return shown | {
        "id": invoice.shown_id,
        "organization_id": show("org", invoice.organization_id),
        "organization": str(invoice.buyer.get("name", "")),
        "period": show_period(invoice.period),
        "amount_open": format_amount(invoice.open_nanos),
        "amount_creditable": format_amount(invoice.creditable_nanos),
        "corrects_id": None if invoice.corrects_id is None else show("in", invoice.corrects_id),
        "billing_run_id": None if invoice.run_id is None else show("run", invoice.run_id),
    }


class ShownInvoice(ShownInvoiceSummary):
    """An invoice or credit note with everything on it."""

    covers_from: datetime | None
    covers_until: datetime | None
    rounding: str = Field(description="What rounding to coins added to what is due")
    buyer: ShownParty
    seller: ShownParty
    discount_rule: ShownRate | None
    tax_rule: ShownRate | None
    lines: list[ShownLine]
    credit_notes: list[ShownInvoiceSummary]

    @classmethod
    def whole(cls, invoice: Invoice, lines: Sequence[InvoiceLine], notes: Sequence[Invoice]) -> Self:
        """The invoice as the door shows it."""
        return cls(
            **summary_facts(invoice),
            covers_from=invoice.covers_from,
            covers_until=invoice.covers_until,
            rounding=format_amount(invoice.rounding_nanos),
            buyer=ShownParty.of(invoice.buyer),
            seller=ShownParty.of(invoice.seller),
            discount_rule=ShownRate.of(invoice.discount_snapshot, invoice.discount_nanos, "Discount"),
            tax_rule=ShownRate.of(invoice.tax_snapshot, invoice.tax_nanos, "Tax"),
            lines=[ShownLine.of(line) for line in lines],
            credit_notes=[ShownInvoiceSummary.of(note) for note in notes],
        )
