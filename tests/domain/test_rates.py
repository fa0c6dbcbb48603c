"""Tiers by the size of a request, and what is sold below the list in any of them."""

from datetime import timedelta

import pytest

from domain.errors import Invalid
from domain.ids import new_id
from domain.price import ListPrice, cheaper_than_list
from domain.rates import MOST_TIERS, Rates, Tier, rates_above, tiers_checked
from tests.usage import NOON, a_list_price, a_price

BASE = Rates(input_nanos=1_250, output_nanos=10_000, cached_input_nanos=125)
LONG = Rates(input_nanos=2_500, output_nanos=15_000, cached_input_nanos=250)


def tier(above: int = 200_000, rates: Rates = LONG) -> Tier:
    return Tier(id=new_id(), above_tokens=above, rates=rates)


def listed(*tiers: Tier) -> ListPrice:
    return a_list_price(rates=BASE, tiers=tiers)


def test_the_highest_bound_that_is_passed_decides() -> None:
    longer = tier(500_000, Rates(input_nanos=9, output_nanos=9))
    found = [rates_above(BASE, [tier(), longer], bound) for bound in (0, 199_999, 200_000, 500_000, 10**9)]
    assert found == [BASE, BASE, LONG, longer.rates, longer.rates]


def test_tiers_are_kept_by_their_bound() -> None:
    assert [one.above_tokens for one in tiers_checked([tier(9), tier(3)])] == [3, 9]


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ((tier(0),), "above_input_tokens: a whole number from 1"),
        ((tier(-5),), "above_input_tokens: a whole number from 1"),
        ((tier(7), tier(7)), "7 stands there twice"),
        (tuple(tier(n + 1) for n in range(MOST_TIERS + 1)), f"at most {MOST_TIERS}"),
        ((tier(7, Rates(input_nanos=-1, output_nanos=0)),), "tiers.input_per_million"),
        ((tier(7, Rates(input_nanos=0, output_nanos=10**16)),), "tiers.output_per_million"),
    ],
    ids=["zero", "negative", "twice", "too many", "negative rate", "absurd rate"],
)
def test_what_cannot_be_a_tier_is_refused(tiers: tuple[Tier, ...], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        a_price(tiers=tiers).checked()


def test_a_meter_has_no_tiers() -> None:
    with pytest.raises(Invalid, match="tiers: they go by input tokens"):
        a_price(meter="calls", model="", tiers=(tier(),)).checked()


def test_other_tiers_make_another_price_other_names_do_not() -> None:
    price = a_price(tiers=(tier(),))
    assert price.same_terms(a_price(id=new_id(), created_at=NOON + timedelta(days=1), tiers=(tier(),)))
    assert not price.same_terms(a_price())
    assert not price.same_terms(a_price(tiers=(tier(100_000),)))


def test_long_requests_sold_below_the_list_are_named() -> None:
    flat = a_price(rates=BASE)
    assert cheaper_than_list(flat, listed()) == ()
    assert cheaper_than_list(flat, listed(tier())) == (
        "input above 200,000 tokens",
        "output above 200,000 tokens",
        "cached_input above 200,000 tokens",
    )
    assert cheaper_than_list(a_price(rates=BASE, tiers=(tier(),)), listed(tier())) == ()
