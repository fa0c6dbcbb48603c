"""What tokens cost: rates per million, and the tiers in which a long request costs otherwise.

A tier holds for the whole request, cached tokens included, once its input is longer than the tier's bound. So
providers ask it for long contexts, and so their public lists are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from domain.errors import Invalid

LARGEST_RATE_NANOS = 10**15
LARGEST_BOUND = 10**12
MOST_TIERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Nanos per million tokens; `cached_input` is None when cached tokens cost as much as other input."""

    input_nanos: int
    output_nanos: int
    cached_input_nanos: int | None = None

    def below(self, other: "Rates") -> tuple[str, ...]:
        """The names of the measures that are cheaper here than there."""
        mine = self.input_nanos if self.cached_input_nanos is None else self.cached_input_nanos
        theirs = other.input_nanos if other.cached_input_nanos is None else other.cached_input_nanos
        pairs = {
            "input": (self.input_nanos, other.input_nanos),
            "output": (self.output_nanos, other.output_nanos),
            "cached_input": (mine, theirs),
        }
        return tuple(name for name, (one, two) in pairs.items() if one < two)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The rates of requests with more than `above_tokens` input tokens; `id` is what a record's price names."""

    id: UUID
    above_tokens: int
    rates: Rates


def rates_above(base: Rates, tiers: Sequence[Tier], bound: int) -> Rates:
    """The rates of a request whose input is just longer than `bound` tokens."""
    passed = [tier.rates for tier in tiers if tier.above_tokens <= bound]
    return passed[-1] if passed else base


def same_tiers(some: Sequence[Tier], others: Sequence[Tier]) -> bool:
    """Whether both ask the same; by what name does not matter."""
    return [(one.above_tokens, one.rates) for one in some] == [
        (one.above_tokens, one.rates) for one in others
    ]


def tiers_checked(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers by their bound.

    Raises:
        Invalid: too many, a bound twice, or an amount that cannot be one.
    """
    ordered = tuple(sorted(tiers, key=lambda tier: tier.above_tokens))
    if len(ordered) > MOST_TIERS:
        raise Invalid(f"tiers: at most {MOST_TIERS}")
    for tier in ordered:
        if not 1 <= tier.above_tokens <= LARGEST_BOUND:
            raise Invalid(f"tiers.above_input_tokens: a whole number from 1 to {LARGEST_BOUND}")
        require_rates(tier.rates, "tiers.")
    for one, next_one in pairwise(ordered):
        if one.above_tokens == next_one.above_tokens:
            raise Invalid(f"tiers.above_input_tokens: {one.above_tokens} stands there twice")
    return ordered


def require_rates(rates: Rates, within: str = "") -> None:
    """Refuses rates that no provider could ask.

    Raises:
        Invalid: an amount is negative or absurd; the message names it.
    """
    require_amount(f"{within}input_per_million", rates.input_nanos, LARGEST_RATE_NANOS)
    require_amount(f"{within}output_per_million", rates.output_nanos, LARGEST_RATE_NANOS)
    require_amount(f"{within}cached_input_per_million", rates.cached_input_nanos or 0, LARGEST_RATE_NANOS)


def require_amount(field: str, nanos: int, largest: int) -> None:
    """Refuses negative and absurd amounts.

    Raises:
        Invalid: it is outside 0 to `largest` nanos.
    """
    if not 0 <= nanos <= largest:
        raise Invalid(f"{field}: write an amount from 0 to {largest // 10**9}")
