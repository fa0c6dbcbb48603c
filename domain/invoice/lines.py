"""What an invoice bills: priced usage by month, model and price version, and recurring charges by the day.

Amounts are nanos of the invoice's currency. `exact_nanos` is what the books say; `amount_nanos`, whole coins,
is what the client reads. The month-end's SQL follows the same rule; tests hold the two equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from domain.allocation import round_together, share_out
from domain.money import divide_half_even
from domain.period import days_in, months_between

Kind = Literal["usage", "meter", "adjustment", "recurring", "credit"]
Measure = Literal["", "input", "cached", "output", "quantity"]
MICROS = 1_000_000
MEASURE_WORDS: dict[Measure, str] = {
    "input": "input tokens",
    "cached": "cached input tokens",
    "output": "output tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageGroup:
    """All records of a month with one provider, model, meter and price version.

    `input_tokens` includes the cached ones. A `cached_rate` of None charges them as other input, on one line.
    Rates are nanos per million tokens, `unit_nanos` per unit of the meter; `amount_nanos` sums the records.
    """

    usage_month: date
    provider: str
    model: str
    price_id: UUID | None
    amount_nanos: int
    meter: str = ""
    unit: str = "tokens"
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    quantity_micros: int = 0
    input_rate: int = 0
    cached_rate: int | None = None
    output_rate: int = 0
    unit_nanos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringCharge:
    """A monthly amount agreed with one organization, from a day to a day, both included, or without end."""

    id: UUID
    organization_id: UUID
    kind: Literal["infrastructure", "add_on"]
    description: str
    monthly_nanos: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of an invoice; `unit_price_nanos` is per million for tokens, per unit for everything else."""

    kind: Kind
    description: str
    usage_month: date
    quantity: Decimal
    unit: str
    unit_price_nanos: int
    exact_nanos: int
    amount_nanos: int = 0
    provider: str = ""
    model: str = ""
    measure: Measure = ""
    meter: str = ""
    price_id: UUID | None = None


def lines_of_usage(group: UsageGroup, period: date) -> list[Line]:
    """The group's lines: input, cached and output tokens, or the meter's quantity; none for zero quantities.

    The records' sum is shared among them by quantity times rate, so that their exact amounts sum to it.
    """
    parts = [part for part in _measures(group) if part[1] > 0]
    shares = share_out(group.amount_nanos, [quantity * rate for _, quantity, rate in parts])
    kind: Kind = "adjustment" if group.usage_month < period else "meter" if group.meter else "usage"
    return [
        Line(
            kind=kind,
            description=_description(group, measure, adjustment=kind == "adjustment"),
            usage_month=group.usage_month,
            quantity=Decimal(quantity) / MICROS if group.meter else Decimal(quantity),
            unit=group.unit if group.meter else "tokens",
            unit_price_nanos=rate,
            exact_nanos=share,
            provider=group.provider,
            model=group.model,
            measure=measure,
            meter=group.meter,
            price_id=group.price_id,
        )
        for (measure, quantity, rate), share in zip(parts, shares, strict=True)
    ]


def _measures(group: UsageGroup) -> list[tuple[Measure, int, int]]:
    """What is counted, how much of it, and its rate."""
    if group.meter:
        return [("quantity", group.quantity_micros, group.unit_nanos)]
    apart = group.cached_tokens if group.cached_rate is not None else 0
    return [
        ("input", group.input_tokens - apart, group.input_rate),
        ("cached", apart, group.cached_rate or 0),
        ("output", group.output_tokens, group.output_rate),
    ]


def _description(group: UsageGroup, measure: Measure, *, adjustment: bool) -> str:
    what = (
        f"{group.meter} {group.model}".strip() if group.meter else f"{group.model} {MEASURE_WORDS[measure]}"
    )
    return what + (f" ({group.usage_month:%B %Y})" if adjustment else "")


def lines_of_recurring(charge: RecurringCharge, *, first: date | None, period: date) -> list[Line]:
    """The charge in every month from `first` (its own first month when None) to `period`, by the day when partial."""
    start = charge.starts_on.replace(day=1)
    lines = []
    for month in months_between(start if first is None else max(first, start), period):
        days, active = days_in(month), _active_days(charge, month)
        if active > 0:
            lines.append(_recurring_line(charge, month, active, days))
    return lines


def _active_days(charge: RecurringCharge, month: date) -> int:
    last = month.replace(day=days_in(month))
    until = last if charge.ends_on is None else min(last, charge.ends_on)
    return (until - max(month, charge.starts_on)).days + 1


def _recurring_line(charge: RecurringCharge, month: date, active: int, days: int) -> Line:
    part = f", {active} of {days} days" if active < days else ""
    return Line(
        kind="recurring",
        description=f"{charge.description} ({month:%B %Y}{part})",
        usage_month=month,
        quantity=Decimal(active if part else 1),
        unit="day" if part else "month",
        unit_price_nanos=divide_half_even(charge.monthly_nanos, days) if part else charge.monthly_nanos,
        exact_nanos=divide_half_even(charge.monthly_nanos * active, days),
    )


def in_coins(lines: Sequence[Line], currency: str) -> list[Line]:
    """The lines with the amounts the client reads: whole coins that sum to the rounded sum of the exact ones."""
    amounts = round_together([line.exact_nanos for line in lines], currency)
    return [replace(line, amount_nanos=amount) for line, amount in zip(lines, amounts, strict=True)]
