"""Rates and tiers as the doors take and show them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from domain.ids import new_id, show
from domain.money import format_amount, format_known, parse_amount
from domain.rates import MOST_TIERS, Rates, Tier

LONGEST_AMOUNT = 24
Amount = Annotated[str, Field(max_length=LONGEST_AMOUNT, examples=["2.50"], description="Decimal string")]


class NewTier(BaseModel):
    """What a whole request costs whose input is longer than so many tokens."""

    above_input_tokens: int = Field(examples=[200_000], description="Cached input tokens are counted too")
    input_per_million: Amount
    output_per_million: Amount
    cached_input_per_million: Amount | None = Field(None, description="As input when left out")


NewTiers = Annotated[list[NewTier], Field(max_length=MOST_TIERS)]


class ShownRates(BaseModel):
    """Whole units of the currency per million tokens."""

    input_per_million: str
    output_per_million: str
    cached_input_per_million: str | None


class ShownTier(ShownRates):
    """The rates of requests whose input is longer than so many tokens."""

    id: str
    above_input_tokens: int


def tiers_given(given: Sequence[NewTier]) -> tuple[Tier, ...]:
    """Tiers as the domain knows them.

    Raises:
        Invalid: an amount is malformed; the message names it.
    """
    return tuple(
        Tier(
            id=new_id(),
            above_tokens=tier.above_input_tokens,
            rates=rates_given(
                tier.input_per_million,
                tier.output_per_million,
                tier.cached_input_per_million,
                within="tiers.",
            ),
        )
        for tier in given
    )


def rates_given(input_: str | None, output: str | None, cached: str | None, *, within: str = "") -> Rates:
    """Rates from their amounts; what is left out is nothing, cached input as other input.

    Raises:
        Invalid: an amount is malformed; the message names it.
    """
    return Rates(
        input_nanos=parse_amount(input_ or "0", field=f"{within}input_per_million"),
        output_nanos=parse_amount(output or "0", field=f"{within}output_per_million"),
        cached_input_nanos=None
        if cached is None
        else parse_amount(cached or "0", field=f"{within}cached_input_per_million"),
    )


def shown_rates(rates: Rates) -> ShownRates:
    """Rates as the doors show them."""
    return ShownRates(
        input_per_million=format_amount(rates.input_nanos),
        output_per_million=format_amount(rates.output_nanos),
        cached_input_per_million=format_known(rates.cached_input_nanos),
    )


def shown_tiers(tiers: Sequence[Tier]) -> list[ShownTier]:
    """Tiers as the doors show them."""
    return [
        ShownTier(
            id=show("price", tier.id),
            above_input_tokens=tier.above_tokens,
            **shown_rates(tier.rates).model_dump(),
        )
        for tier in tiers
    ]
