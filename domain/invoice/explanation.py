"""Why an invoice says what it says: the records behind each line, and what each of them costs by measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.allocation import share_out
from domain.invoice.record import Invoice, InvoiceLine
from domain.posting import Posting

GroupKey = tuple[date | None, str, str, str, UUID | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedGroup:
    """The records of one month, model and price version on an invoice, summed."""

    key: GroupKey
    records: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    quantity_micros: int
    amount_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRecord:
    """One record on an invoice with the rates of its price version; `cached_rate` None: cached as other input."""

    usage_month: date
    id: str
    occurred_at: datetime
    provider: str
    model: str
    meter: str
    price_id: UUID | None
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    quantity_micros: int
    amount_nanos: int
    posting_id: UUID | None
    input_rate: int
    cached_rate: int | None
    output_rate: int

    @property
    def parts_nanos(self) -> dict[str, int]:
        """What of its amount is input, cached and output; the parts sum to the amount. Empty for a meter."""
        if self.meter:
            return {}
        apart = self.cached_input_tokens if self.cached_rate is not None else 0
        plain = (self.input_tokens - apart) * self.input_rate
        weights = [plain, apart * (self.cached_rate or 0), self.output_tokens * self.output_rate]
        return dict(zip(("input", "cached", "output"), share_out(self.amount_nanos, weights), strict=True))


def group_of(line: InvoiceLine) -> GroupKey:
    """Which records a line of usage is about."""
    return (line.usage_month, line.provider, line.model, line.meter, line.price_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What must be equal: records and the lines of usage; lines and subtotal; what was posted and what was due."""

    records_nanos: int
    usage_lines_nanos: int
    lines_nanos: int
    subtotal_nanos: int
    posted_nanos: int
    due_nanos: int


def prove(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    groups: Sequence[ExplainedGroup],
    postings: Sequence[Posting],
) -> Sums:
    """The sums of an invoice, from its parts; a draft and a credit note have posted nothing as an invoice."""
    issued = invoice.kind == "invoice" and invoice.state != "draft"
    return Sums(
        records_nanos=sum(group.amount_nanos for group in groups),
        usage_lines_nanos=sum(line.exact_nanos for line in lines if line.measure),
        lines_nanos=sum(line.amount_nanos for line in lines),
        subtotal_nanos=invoice.subtotal_nanos,
        posted_nanos=sum(_billed(posting) for posting in postings if posting.cause == "invoice"),
        due_nanos=invoice.amount_due_nanos if issued else 0,
    )


def _billed(posting: Posting) -> int:
    """What a posting adds to the billed receivable."""
    if posting.debit == "receivable:billed":
        return posting.amount_nanos
    return -posting.amount_nanos if posting.credit == "receivable:billed" else 0
