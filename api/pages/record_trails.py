"""What one usage record did to the books: what it took from credits, and the invoice line that carries it."""

from dataclasses import dataclass
from uuid import UUID

from api.usage_shapes import ShownDetail
from db import invoice_lines, invoices
from db.engine import Tx
from domain.ids import read
from domain.invoice.record import InvoiceLine
from domain.money import format_amount, format_known, parse_amount
from domain.period import month_of

WALLET = ("wallet:purchased", "wallet:granted")


@dataclass(frozen=True, slots=True)
class Trail:
    """Of the whole ledger entry: what credits paid and what was left for the invoice; amounts as decimal strings.

    `alone` tells whether the entry debits only this record; `margin` is what is left of the price after the
    provider's cost, in US dollars, None when either is not known or the price is in another currency.
    """

    charged: str
    from_credits: str
    to_invoice: str
    alone: bool
    lines: tuple[InvoiceLine, ...]
    margin: str | None
    margin_ratio: float | None


async def trail_of(tx: Tx, record: ShownDetail) -> Trail:
    """Everything that the record led to."""
    credits_nanos = _debited(record, *WALLET)
    owed_nanos = _debited(record, "receivable:unbilled")
    price_nanos = parse_amount(record.price) if record.price else 0
    margin = _margin(record)
    return Trail(
        charged=format_amount(credits_nanos + owed_nanos),
        from_credits=format_amount(credits_nanos),
        to_invoice=format_amount(owed_nanos),
        alone=credits_nanos + owed_nanos == price_nanos,
        lines=await _lines(tx, record),
        margin=format_known(margin),
        margin_ratio=None if margin is None or not price_nanos else margin / price_nanos,
    )


def _debited(record: ShownDetail, *accounts: str) -> int:
    return sum(parse_amount(posting.amount) for posting in record.postings if posting.debit in accounts)


def _margin(record: ShownDetail) -> int | None:
    if record.price is None or record.provider_cost is None or record.currency != "USD":
        return None
    return parse_amount(record.price) - parse_amount(record.provider_cost)


async def _lines(tx: Tx, record: ShownDetail) -> tuple[InvoiceLine, ...]:
    """The invoice's lines about the record's model, price version and month."""
    if record.invoice is None:
        return ()
    invoice = await invoices.get(tx, invoice_id=read("in", record.invoice.id))
    price: UUID | None = read("price", record.price_version.id) if record.price_version else None
    month = month_of(record.occurred_at, str(invoice.buyer.get("time_zone", "UTC")))
    about = (month, record.provider, record.model, record.meter or "", price)
    lines = await invoice_lines.of_invoice(tx, invoice_id=invoice.id)
    return tuple(
        line
        for line in lines
        if (line.usage_month, line.provider, line.model, line.meter, line.price_id) == about
    )
