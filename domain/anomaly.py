"""Anomalies: an invoice that differs too much from last month's is held before the client sees it."""

from dataclasses import dataclass

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyRule:
    """When to hold.

    An invoice is held when its total is more than `ratio_ppm` millionths of last month's (or less than its
    inverse) and differs by at least `minimum_nanos`; or when it exceeds `review_nanos`. A run in which more
    than `pause_ppm` of the invoices are held pauses before any client hears of it.
    """

    ratio_ppm: int = 3 * PPM
    minimum_nanos: int = 100 * 10**9
    review_nanos: int | None = None
    pause_ppm: int = 50_000


def reason_to_hold(rule: AnomalyRule, *, total_nanos: int, last_month_nanos: int | None) -> str:
    """Why the invoice is held, or an empty text; without a last month only the review threshold counts."""
    if rule.review_nanos is not None and total_nanos > rule.review_nanos:
        return "review"
    if last_month_nanos is None or abs(total_nanos - last_month_nanos) < rule.minimum_nanos:
        return ""
    if total_nanos * PPM > last_month_nanos * rule.ratio_ppm:
        return "rise"
    return "fall" if total_nanos * rule.ratio_ppm < last_month_nanos * PPM else ""


def too_many_held(rule: AnomalyRule, *, held: int, invoiced: int) -> bool:
    """Whether a run should stop and ask: the share of held invoices is above the rule's."""
    return held * PPM > (held + invoiced) * rule.pause_ppm
