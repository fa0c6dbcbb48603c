"""Rating: what a record costs at a price version. Whole numbers, one rounding (half-even) per record.

The statement that takes usage in does the same sum in SQL (`rate_tokens`, `half_even`); tests hold the two equal.
"""

from dataclasses import dataclass

from domain.money import divide_half_even

PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Nanos per million tokens; cached input tokens cost `cached`, or as other input when that is None."""

    input: int
    output: int
    cached: int | None = None


def rate_tokens(rates: TokenRates, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> int:
    """Nanos for one request; `input_tokens` includes the cached ones, which are charged once."""
    cached_rate = rates.input if rates.cached is None else rates.cached
    millionths = (
        (input_tokens - cached_tokens) * rates.input
        + cached_tokens * cached_rate
        + output_tokens * rates.output
    )
    return divide_half_even(millionths, PER_MILLION)


def rate_units(unit_nanos: int, *, quantity_micros: int) -> int:
    """Nanos for a quantity (in millionths of a unit) of a meter at a price per unit."""
    return divide_half_even(quantity_micros * unit_nanos, PER_MILLION)
