"""What makes two prices the same, and which are below the provider's list."""

from datetime import timedelta

import pytest

from domain.ids import new_id
from domain.price import cheaper_than_list
from domain.rates import Rates
from tests.usage import NOON, a_list_price, a_price

LISTED = Rates(input_nanos=2_500, output_nanos=10_000, cached_input_nanos=1_250)


@pytest.mark.parametrize(
    ("rates", "below"),
    [
        (LISTED, ()),
        (Rates(input_nanos=2_499, output_nanos=10_000, cached_input_nanos=1_250), ("input",)),
        (Rates(input_nanos=2_500, output_nanos=1, cached_input_nanos=1), ("output", "cached_input")),
        (Rates(input_nanos=2_500, output_nanos=10_000), ()),
    ],
)
def test_each_measure_below_the_list_is_named(rates: Rates, below: tuple[str, ...]) -> None:
    assert cheaper_than_list(a_price(rates=rates), a_list_price(rates=LISTED)) == below


@pytest.mark.parametrize("other", [{"currency": "EUR"}, {"meter": "voice", "model": ""}])
def test_what_cannot_be_compared_is_not_warned_about(other: dict[str, object]) -> None:
    cheap = Rates(input_nanos=0, output_nanos=0)
    assert cheaper_than_list(a_price(rates=cheap, **other), a_list_price(rates=LISTED)) == ()


def test_who_wrote_a_price_and_when_does_not_make_it_another() -> None:
    price = a_price()
    assert price.same_terms(a_price(id=new_id(), created_at=NOON + timedelta(days=1), created_by="Bob"))
    assert not price.same_terms(a_price(effective_at=NOON))


def test_names_lose_the_blanks_around_them() -> None:
    spelled = a_price(provider=" openai ", currency="usd").checked()
    assert (spelled.provider, spelled.currency) == ("openai", "USD")
