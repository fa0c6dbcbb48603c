"""What an invoice comes to: rounded once, credits taken off, then discount and tax on what remains due.

subtotal = the lines, rounded together; credits applied = the share of it that the wallet has settled;
discount and tax = on what the wallet has not settled (credits were sold at full price, and taxed, before);
total = subtotal − discount + tax; amount due = total − credits applied.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.money import coin_nanos, divide_half_even, round_to_coin

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class EntryShare:
    """One ledger entry of usage that the invoice touches.

    Of its `total_nanos` the wallet left `unbilled_nanos` to the receivable. `before_nanos` of it was invoiced
    earlier, `now_nanos` is invoiced now.
    """

    total_nanos: int
    unbilled_nanos: int
    now_nanos: int
    before_nanos: int = 0

    @property
    def unbilled_now_nanos(self) -> int:
        """The part of the receivable that this invoice takes: whoever comes first takes it first."""
        taken = min(self.unbilled_nanos, self.before_nanos)
        return min(self.unbilled_nanos, self.before_nanos + self.now_nanos) - taken


def unbilled_of(entries: Iterable[EntryShare]) -> int:
    """What the wallet left of the invoiced usage."""
    return sum(entry.unbilled_now_nanos for entry in entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """An invoice's sums in whole coins; `rounding_nanos` is what rounding added to (or took from) the receivable."""

    usage_nanos: int
    recurring_nanos: int
    unbilled_nanos: int
    subtotal_nanos: int
    credits_applied_nanos: int
    discount_nanos: int
    tax_nanos: int
    rounding_nanos: int

    @property
    def total_nanos(self) -> int:
        """What the client reads as total."""
        return self.subtotal_nanos - self.discount_nanos + self.tax_nanos

    @property
    def amount_due_nanos(self) -> int:
        """What is to be paid."""
        return self.total_nanos - self.credits_applied_nanos


def totals(
    *,
    usage_nanos: int,
    recurring_nanos: int,
    unbilled_nanos: int,
    currency: str,
    discount_ppm: int,
    tax_ppm: int,
) -> Totals:
    """The sums for exact usage and recurring amounts, of which the wallet left `unbilled_nanos` of the usage."""
    receivable = unbilled_nanos + recurring_nanos
    subtotal = round_to_coin(usage_nanos + recurring_nanos, currency)
    open_part = round_to_coin(receivable, currency)
    discount = part_of(open_part, discount_ppm, currency)
    return Totals(
        usage_nanos=usage_nanos,
        recurring_nanos=recurring_nanos,
        unbilled_nanos=unbilled_nanos,
        subtotal_nanos=subtotal,
        credits_applied_nanos=subtotal - open_part,
        discount_nanos=discount,
        tax_nanos=part_of(open_part - discount, tax_ppm, currency),
        rounding_nanos=open_part - receivable,
    )


def part_of(amount_nanos: int, ppm: int, currency: str) -> int:
    """So many millionths of an amount, in whole coins, ties to even."""
    coin = coin_nanos(currency)
    return divide_half_even(amount_nanos * ppm, PPM * coin) * coin
