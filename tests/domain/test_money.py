"""Money in whole nanos: strings in, strings out, one rounding."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.money import (
    coin_nanos,
    divide_half_even,
    format_amount,
    from_minor,
    parse_amount,
    round_to_coin,
    to_minor,
)


@given(st.integers(-(9 * 10**18), 9 * 10**18))
def test_an_amount_survives_its_text(nanos: int) -> None:
    assert parse_amount(format_amount(nanos)) == nanos


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**20))
def test_division_rounds_half_to_even_as_decimal_does(numerator: int, denominator: int) -> None:
    quotient, twice = divmod(2 * numerator, denominator)
    nearest = divide_half_even(numerator, denominator)
    assert abs(2 * (nearest * denominator - numerator)) <= denominator
    if twice == 0 and quotient % 2:
        assert nearest % 2 == 0


@given(st.integers(0, 10**15))
def test_coins_round_half_to_even(nanos: int) -> None:
    expected = (Decimal(nanos) / 10**7).to_integral_value(ROUND_HALF_EVEN) * 10**7
    assert round_to_coin(nanos, "USD") == int(expected)


def test_amounts_are_shown_with_the_decimals_they_need() -> None:
    assert [format_amount(n) for n in (0, 1, 12_340_000_000, -500_000_000)] == [
        "0.00",
        "0.000000001",
        "12.34",
        "-0.50",
    ]


@pytest.mark.parametrize("text", ["", "1,50", "1e3", "٣", ".5", "0.1234567891", "99999999999", "NaN", " 1"])
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^floor: .* is not an amount"):
        parse_amount(text, field="floor")


def test_the_smallest_coin_follows_the_currency() -> None:
    assert (coin_nanos("USD"), coin_nanos("JPY"), coin_nanos("KWD")) == (10**7, 10**9, 10**6)
    assert to_minor(from_minor(1234, "JPY"), "JPY") == 1234


def test_part_of_a_coin_cannot_be_charged() -> None:
    with pytest.raises(Invalid, match="smallest coin"):
        to_minor(1, "USD")
