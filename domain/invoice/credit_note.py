"""Credit notes: how much of an invoice is taken back, how much of that is tax, and what becomes of the money."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.errors import Invalid
from domain.invoice.record import Invoice, InvoiceLine
from domain.invoice.totals import PPM, part_of
from domain.money import coin_nanos, divide_half_even, format_amount


@dataclass(frozen=True, slots=True)
class LineCredit:
    """A part of one line's amount, before discount and tax."""

    line_id: UUID
    amount_nanos: int


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note takes back: `net_nanos` of revenue and `tax_nanos` of tax.

    `returned_nanos` of it was paid already and goes back into the client's credits.
    """

    net_nanos: int
    tax_nanos: int
    returned_nanos: int

    @property
    def gross_nanos(self) -> int:
        """All that is taken back, tax included."""
        return self.net_nanos + self.tax_nanos

    @property
    def open_nanos(self) -> int:
        """What the amount due falls by."""
        return self.gross_nanos - self.returned_nanos


def credit_of(invoice: Invoice, gross_nanos: int) -> Credit:
    """A credit of so much of an invoice, tax included: first of what is open, then of what was paid.

    Taxes are taken back in proportion; several credits that sum to the whole take back the whole tax.

    Raises:
        WrongState: the invoice is neither open nor paid with money.
        Invalid: the amount is not positive whole coins, or more than is left.
    """
    invoice.require_creditable()
    if gross_nanos <= 0 or gross_nanos % coin_nanos(invoice.currency):
        raise Invalid("amount: write a positive amount in whole coins")
    if gross_nanos > invoice.creditable_nanos:
        most = format_amount(invoice.creditable_nanos)
        raise Invalid(f"amount: only {most} {invoice.currency} of this invoice can be credited", most=most)
    taken = invoice.amount_credited_nanos + invoice.amount_returned_nanos
    tax = _tax_until(invoice, taken + gross_nanos) - _tax_until(invoice, taken)
    return Credit(gross_nanos - tax, tax, returned_nanos=max(gross_nanos - invoice.open_nanos, 0))


def _tax_until(invoice: Invoice, credited_nanos: int) -> int:
    """The tax in the first so many nanos of the amount due, in whole coins."""
    coin = coin_nanos(invoice.currency)
    return divide_half_even(invoice.tax_nanos * credited_nanos, invoice.amount_due_nanos * coin) * coin


def gross_of_lines(invoice: Invoice, lines: Sequence[InvoiceLine], parts: Sequence[LineCredit]) -> int:
    """What parts of lines come to after the invoice's own discount and tax, at most what can be credited.

    Raises:
        Invalid: a line is unknown or named twice, or a part is not positive or more than its line.
    """
    known = {line.id: line for line in lines}
    if len({credit.line_id for credit in parts}) != len(parts):
        raise Invalid("lines: a line is named twice")
    for credit in parts:
        line = known.get(credit.line_id)
        if line is None:
            raise Invalid("lines: there is no such line on this invoice")
        if not 0 < credit.amount_nanos <= line.amount_nanos:
            raise Invalid(f"lines: write more than zero and at most {format_amount(line.amount_nanos)}")
    net = sum(credit.amount_nanos for credit in parts)
    discount_ppm, tax_ppm = _ppm(invoice.discount_snapshot), _ppm(invoice.tax_snapshot)
    net -= part_of(net, discount_ppm, invoice.currency)
    return min(net + part_of(net, tax_ppm, invoice.currency), invoice.creditable_nanos)


def _ppm(snapshot: object) -> int:
    rate = snapshot.get("rate_ppm", 0) if isinstance(snapshot, dict) else 0
    return rate if isinstance(rate, int) and 0 <= rate <= PPM else 0
