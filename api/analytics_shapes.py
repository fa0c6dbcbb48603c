"""How dashboards look at the doors."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from domain.analytics import (
    Amount,
    Breakdown,
    Dimension,
    ModelSeries,
    Overview,
    Part,
    Point,
    Series,
    Totals,
    UserPoint,
)
from domain.ids import show
from domain.money import divide_half_even, format_amount


class ShownAmount(BaseModel):
    """Money."""

    currency: str
    amount: str


class ShownTotals(BaseModel):
    """Sums and averages over requests."""

    requests: int
    errors: int
    error_rate: float = Field(description="0 to 1")
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    average_input_tokens: int
    average_output_tokens: int
    average_duration_ms: int | None
    cost: list[ShownAmount] = Field(description="What clients pay, per currency")
    average_cost: list[ShownAmount] = Field(description="Per request")
    provider_cost: str | None = Field(description="US dollars; staff only")


class ShownPoint(ShownTotals):
    """One step of a series."""

    at: datetime


class ShownPart(ShownTotals):
    """One model's, project's, user's, key's or bot's part of the whole."""

    key: str
    label: str
    share: float = Field(description="Of the whole cost, 0 to 1")


class ShownWindow(BaseModel):
    """The window as it was used: its beginning is cut to whole steps."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    step_seconds: int


class ShownOverview(ShownWindow):
    """Totals, and those of the window before."""

    totals: ShownTotals
    before: ShownTotals


class ShownSeries(ShownWindow):
    """Totals step by step."""

    points: list[ShownPoint]


class ShownBreakdown(ShownWindow):
    """The largest parts, and how many there are."""

    items: list[ShownPart]
    count: int
    count_is_exact: bool = Field(description="False when very many were estimated, to about 9 %")
    average_cost: list[ShownAmount] = Field(description="Per part among those shown, per currency")
    average_requests: int


class ShownModelSeries(BaseModel):
    """One model step by step."""

    provider: str
    model: str
    points: list[ShownPoint]


class ShownUserSeries(ShownPoint):
    """Active users of a day and the averages per user."""

    active: int
    requests_per_user: int
    cost_per_user: list[ShownAmount]


def shown_overview(found: Overview, *, costs: bool) -> ShownOverview:
    """The overview as the door shows it."""
    totals, before = shown_totals(found.totals, costs=costs), shown_totals(found.before, costs=costs)
    return ShownOverview(**_window(found), totals=totals, before=before)  # type: ignore[bad-argument-type] — pydantic checks it


def shown_series(found: Series, *, costs: bool) -> ShownSeries:
    """The series as the door shows it."""
    return ShownSeries(**_window(found), points=_points(found.points, costs=costs))  # type: ignore[bad-argument-type] — pydantic checks it


def shown_model(found: ModelSeries, *, costs: bool) -> ShownModelSeries:
    """One model's series as the door shows it."""
    points = _points(found.points, costs=costs)
    return ShownModelSeries(provider=found.provider, model=found.model, points=points)


def shown_users(point: UserPoint, *, costs: bool) -> ShownUserSeries:
    """One day of the users' series as the door shows it."""
    totals = shown_totals(point.totals, costs=costs).model_dump()
    return ShownUserSeries(
        **totals,
        at=point.at,
        active=point.active,
        requests_per_user=_average(point.totals.requests, point.active),
        cost_per_user=_averages(point.totals.amounts, point.active),
    )


def shown_breakdown(found: Breakdown, *, by: Dimension, costs: bool) -> ShownBreakdown:
    """The breakdown as the door shows it."""
    parts, count = found.parts, len(found.parts)
    amounts: dict[str, int] = {}
    for amount in (amount for part in parts for amount in part.totals.amounts):
        amounts[amount.currency] = amounts.get(amount.currency, 0) + amount.nanos
    return ShownBreakdown(
        **_window(found),  # type: ignore[bad-argument-type] — pydantic checks it
        items=[_part(part, by, costs=costs) for part in parts],
        count=found.count,
        count_is_exact=found.count_is_exact,
        average_cost=_averages([Amount(currency, nanos) for currency, nanos in amounts.items()], count),
        average_requests=_average(sum(part.totals.requests for part in parts), count),
    )


def shown_totals(totals: Totals, *, costs: bool) -> ShownTotals:
    """The totals as the door shows them; `costs` adds the provider's."""
    return ShownTotals(
        requests=totals.requests,
        errors=totals.errors,
        error_rate=round(totals.error_rate, 6),
        input_tokens=totals.input_tokens,
        output_tokens=totals.output_tokens,
        cached_input_tokens=totals.cached_input_tokens,
        average_input_tokens=totals.average_input_tokens,
        average_output_tokens=totals.average_output_tokens,
        average_duration_ms=totals.average_duration_ms,
        cost=[_amount(amount) for amount in totals.amounts],
        average_cost=[_amount(amount) for amount in totals.average_amounts],
        provider_cost=format_amount(totals.cost_nanos) if costs else None,
    )


def _part(part: Part, by: Dimension, *, costs: bool) -> ShownPart:
    key = show("prj", UUID(part.key)) if by == "project" else part.key
    totals = shown_totals(part.totals, costs=costs).model_dump()
    return ShownPart(**totals, key=key, label=part.label, share=round(part.share, 6))


def _points(points: Sequence[Point], *, costs: bool) -> list[ShownPoint]:
    return [
        ShownPoint(**shown_totals(point.totals, costs=costs).model_dump(), at=point.at) for point in points
    ]


def _window(found: Overview | Series | Breakdown) -> dict[str, object]:
    window = found.window
    return {"since": window.since, "until": window.until, "step_seconds": int(window.step.total_seconds())}


def _amount(amount: Amount) -> ShownAmount:
    return ShownAmount(currency=amount.currency, amount=format_amount(amount.nanos))


def _average(whole: int, count: int) -> int:
    return divide_half_even(whole, count) if count else 0


def _averages(amounts: Sequence[Amount], count: int) -> list[ShownAmount]:
    return [_amount(Amount(amount.currency, _average(amount.nanos, count))) for amount in amounts]
