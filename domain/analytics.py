"""What dashboards show: totals, their averages, breakdowns and series. Amounts are nanos; costs US dollars."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.money import divide_half_even
from domain.window import Window

Dimension = Literal["model", "project", "user", "key", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose usage: a project's, an organization's, or without both the platform's."""

    organization_id: UUID | None = None
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """Nanos of a currency."""

    currency: str
    nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over requests; `amounts` has one entry per currency, largest first; `cost_nanos` is the provider's.

    `duration_ms` is the sum over the `timed` requests that reported one.
    """

    requests: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    duration_ms: int = 0
    timed: int = 0
    cost_nanos: int = 0
    amounts: tuple[Amount, ...] = ()

    @property
    def error_rate(self) -> float:
        """Errors among all requests, 0 to 1."""
        return self.errors / self.requests if self.requests else 0.0

    @property
    def average_duration_ms(self) -> int | None:
        """Milliseconds of a request, or None when none reported its duration."""
        return divide_half_even(self.duration_ms, self.timed) if self.timed else None

    @property
    def average_amounts(self) -> tuple[Amount, ...]:
        """What a request costs the client on average."""
        return tuple(
            Amount(amount.currency, divide_half_even(amount.nanos, self.requests)) for amount in self.amounts
        )

    @property
    def average_input_tokens(self) -> int:
        """Tokens of a request, cached ones included."""
        return divide_half_even(self.input_tokens, self.requests) if self.requests else 0

    @property
    def average_output_tokens(self) -> int:
        """Tokens of a response."""
        return divide_half_even(self.output_tokens, self.requests) if self.requests else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The totals of one step of a series."""

    at: datetime
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One model's, project's, user's, key's or bot's part of the whole.

    `key` is its identifier as reported (`provider/model` for models), `label` its name; `share` the part of the
    whole's amount (of its requests when nothing was charged), 0 to 1.
    """

    key: str
    label: str
    totals: Totals
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The totals of a window, and those of the window of equal length before it."""

    window: Window
    totals: Totals
    before: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Totals step by step; every step is there, also an empty one."""

    window: Window
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The largest parts of a window's usage, and how many parts there are: of very many, an estimate."""

    window: Window
    parts: tuple[Part, ...]
    count: int
    count_is_exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSeries:
    """One model step by step, to be laid beside others."""

    provider: str
    model: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPoint:
    """One step of the users' series: how many were active, and their totals."""

    at: datetime
    active: int
    totals: Totals


def together(rows: list[Totals]) -> Totals:
    """Rows of several currencies as one."""
    if len(rows) == 1:
        return rows[0]
    amounts = sorted((amount for row in rows for amount in row.amounts), key=lambda amount: -amount.nanos)
    return Totals(
        requests=sum(row.requests for row in rows),
        errors=sum(row.errors for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cached_input_tokens=sum(row.cached_input_tokens for row in rows),
        duration_ms=sum(row.duration_ms for row in rows),
        timed=sum(row.timed for row in rows),
        cost_nanos=sum(row.cost_nanos for row in rows),
        amounts=tuple(amounts),
    )
