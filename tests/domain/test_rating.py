"""What a record costs: exact, once rounded, cached tokens charged once."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.rating import TokenRates, rate_tokens, rate_units

RATES = TokenRates(input=2_000_000_000, output=8_000_000_000, cached=500_000_000)
_tokens = st.integers(0, 10**8)


def test_input_output_and_cached_tokens_have_each_their_rate() -> None:
    assert (
        rate_tokens(RATES, input_tokens=1_000_000, cached_tokens=400_000, output_tokens=100_000)
        == 2_200_000_000
    )


def test_cached_tokens_without_a_rate_cost_what_other_input_costs() -> None:
    plain = TokenRates(input=3, output=1)
    assert rate_tokens(plain, input_tokens=10**6, cached_tokens=10**6, output_tokens=0) == 3


@given(_tokens, _tokens, st.integers(0, 10**15))
def test_a_record_is_never_off_by_more_than_half_a_nano(
    input_tokens: int, output_tokens: int, rate: int
) -> None:
    exact = Fraction((input_tokens + output_tokens) * rate, 10**6)
    found = rate_tokens(
        TokenRates(rate, rate), input_tokens=input_tokens, cached_tokens=0, output_tokens=output_tokens
    )
    assert abs(found - exact) <= Fraction(1, 2)


@given(_tokens, _tokens)
def test_caching_never_makes_a_request_dearer(input_tokens: int, cached: int) -> None:
    cached = min(cached, input_tokens)
    plain = rate_tokens(RATES, input_tokens=input_tokens, cached_tokens=0, output_tokens=0)
    assert rate_tokens(RATES, input_tokens=input_tokens, cached_tokens=cached, output_tokens=0) <= plain


def test_a_quantity_is_priced_per_unit() -> None:
    assert rate_units(90_000_000, quantity_micros=2_500_000) == 225_000_000
