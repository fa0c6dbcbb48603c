"""How the explanation of an invoice is shown."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from api.invoice_shapes import ShownInvoiceSummary, ShownLine, ShownRate, line_facts
from api.paging import encode_cursor
from domain.ids import show
from domain.invoice.explanation import ExplainedGroup, ExplainedRecord, Sums, prove
from domain.invoice.record import Invoice, InvoiceLine
from domain.money import format_amount
from domain.period import show_period
from domain.posting import Posting

RECORD_COLUMNS = (
    "lines",
    "id",
    "occurred_at",
    "usage_month",
    "provider",
    "model",
    "meter",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "quantity",
    "price_id",
    "amount",
    "input_amount",
    "cached_amount",
    "output_amount",
    "posting_id",
)
_MICROS = 1_000_000


class ShownRecord(BaseModel):
    """One record on the invoice; the amounts by kind of token sum to `amount`."""

    id: str
    occurred_at: datetime
    usage_month: str
    provider: str
    model: str
    meter: str
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    quantity: str
    price_id: str | None
    amount: str
    input_amount: str | None
    cached_amount: str | None
    output_amount: str | None
    posting_id: str | None

    @classmethod
    def of(cls, record: ExplainedRecord) -> Self:
        """The record as the door shows it."""
        same = ("id", "occurred_at", "provider", "model", "meter", "input_tokens", "cached_input_tokens")
        parts = {name: format_amount(nanos) for name, nanos in record.parts_nanos.items()}
        return cls(
            **{name: getattr(record, name) for name in (*same, "output_tokens")},
            input_amount=parts.get("input"),
            cached_amount=parts.get("cached"),
            output_amount=parts.get("output"),
            usage_month=show_period(record.usage_month),
            quantity=f"{(Decimal(record.quantity_micros) / _MICROS).normalize():f}",
            price_id=None if record.price_id is None else show("price", record.price_id),
            amount=format_amount(record.amount_nanos),
            posting_id=None if record.posting_id is None else show("pst", record.posting_id),
        )


class RecordsBehind(BaseModel):
    """The records of a line's month, model and price version; several lines share them by kind of token."""

    records: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    amount: str

    @classmethod
    def of(cls, group: ExplainedGroup) -> Self:
        """The group as the door shows it."""
        counts = ("records", "input_tokens", "cached_input_tokens", "output_tokens")
        amount = format_amount(group.amount_nanos)
        return cls(**{name: getattr(group, name) for name in counts}, amount=amount)


class PriceVersion(BaseModel):
    """The price the records were charged at; the line says how much it is."""

    id: str
    effective_at: datetime | None


class ExplainedLine(ShownLine):
    """A line, the records behind it and the price version they were charged at."""

    usage: RecordsBehind | None
    price_version: PriceVersion | None

    @classmethod
    def with_records(
        cls, line: InvoiceLine, group: ExplainedGroup | None, versions: dict[UUID, datetime]
    ) -> Self:
        """The line as the door explains it."""
        version = None
        if line.price_id is not None:
            version = PriceVersion(id=show("price", line.price_id), effective_at=versions.get(line.price_id))
        usage = RecordsBehind.of(group) if group is not None and line.measure else None
        return cls(**line_facts(line), usage=usage, price_version=version)


class ShownPosting(BaseModel):
    """One posting of the invoice or of a credit note on it."""

    id: str
    debit: str
    credit: str
    amount: str
    cause: str
    subject_id: str
    posted_at: datetime


class Proof(BaseModel):
    """That it adds up: exact amounts to the nano, coins by largest remainder, the ledger to what is due."""

    records_amount: str
    usage_lines_exact: str
    records_equal_lines: bool
    lines_amount: str
    lines_equal_subtotal: bool
    posted_due: str
    postings_equal_amount_due: bool

    @classmethod
    def of(cls, sums: Sums) -> Self:
        """The sums as the door shows them."""
        return cls(
            records_amount=format_amount(sums.records_nanos),
            usage_lines_exact=format_amount(sums.usage_lines_nanos),
            records_equal_lines=sums.records_nanos == sums.usage_lines_nanos,
            lines_amount=format_amount(sums.lines_nanos),
            lines_equal_subtotal=sums.lines_nanos == sums.subtotal_nanos,
            posted_due=format_amount(sums.posted_nanos),
            postings_equal_amount_due=sums.posted_nanos == sums.due_nanos,
        )


class Explanation(BaseModel):
    """Why an invoice says what it says."""

    invoice: ShownInvoiceSummary
    lines: list[ExplainedLine]
    discount: ShownRate | None
    tax: ShownRate | None
    postings: list[ShownPosting]
    proof: Proof = Field(description="Sums computed now, from the records and the ledger")

    @classmethod
    def of(
        cls,
        invoice: Invoice,
        lines: Sequence[InvoiceLine],
        explained: list[ExplainedLine],
        groups: Sequence[ExplainedGroup],
        postings: Sequence[Posting],
    ) -> Self:
        """The explanation as the door shows it."""
        return cls(
            invoice=ShownInvoiceSummary.of(invoice),
            lines=explained,
            discount=ShownRate.of(invoice.discount_snapshot, invoice.discount_nanos, "Discount"),
            tax=ShownRate.of(invoice.tax_snapshot, invoice.tax_nanos, "Tax"),
            postings=[_posting(posting) for posting in postings],
            proof=Proof.of(prove(invoice, lines, groups, postings)),
        )


class LineRecords(BaseModel):
    """A page of the records behind one line."""

    line: ShownLine
    items: list[ShownRecord]
    next_cursor: str | None

    @classmethod
    def of(cls, line: InvoiceLine, found: Sequence[ExplainedRecord], limit: int) -> Self:
        """The page as the door shows it; one record more than shown tells that others follow."""
        shown = found[:limit]
        more = len(found) > limit
        cursor = encode_cursor(f"{shown[-1].occurred_at.isoformat()}|{shown[-1].id}") if more else None
        records = [ShownRecord.of(record) for record in shown]
        return cls(line=ShownLine.of(line), items=records, next_cursor=cursor)


def _posting(posting: Posting) -> ShownPosting:
    same = ("debit", "credit", "cause", "subject_id", "posted_at")
    facts = {name: getattr(posting, name) for name in same}
    return ShownPosting(**facts, id=show("pst", posting.id), amount=format_amount(posting.amount_nanos))
