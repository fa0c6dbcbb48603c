"""The public price list under the names that gateways use."""

from datetime import UTC, datetime

import pytest

from gateways.price_lists import EPOCH, look_up, read_list

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str, datetime], int]:
    return {
        (price.provider, price.model, price.effective_at): price.rates.input_nanos for price in read_list(NOW)
    }


@pytest.mark.parametrize(
    ("provider", "model", "nanos"),
    [
        ("openai", "gpt-4o", 2_500_000_000),
        ("azure", "gpt-4o", 2_500_000_000),
        ("gemini", "gemini-2.5-pro", 1_250_000_000),
        ("vertex_ai", "claude-sonnet-4-5", 3_000_000_000),
        ("anthropic", "claude-sonnet-4-5", 3_000_000_000),
        ("xai", "grok-3", 3_000_000_000),
    ],
)
def test_models_are_found_under_each_spelling(
    listed: dict[tuple[str, str, datetime], int], provider: str, model: str, nanos: int
) -> None:
    assert listed[provider, model, EPOCH] == nanos


def test_no_model_has_two_prices_at_one_instant_and_some_have_a_history(
    listed: dict[tuple[str, str, datetime], int],
) -> None:
    assert len(listed) == len(read_list(NOW)) > 5_000
    assert any(at > EPOCH for _, _, at in listed)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-3-5-haiku-20241022"),
        ("openai", "gpt-4o-2024-08-06"),
        ("bedrock", "anthropic.claude-3-haiku-20240307-v1:0"),
    ],
)
def test_dated_names_are_looked_up(provider: str, model: str) -> None:
    found = look_up(provider, model, NOW)
    assert found
    assert {(price.provider, price.model) for price in found} == {(provider, model)}


def test_an_unknown_model_has_no_price() -> None:
    assert look_up("openai", "nobody-made-this", NOW) == ()
    assert look_up("nobody", "gpt-4o", NOW) == ()


def test_what_long_requests_cost_is_read_too() -> None:
    (price,) = look_up("gemini", "gemini-2.5-pro", NOW)
    (tier,) = price.tiers
    assert (price.rates.input_nanos, tier.above_tokens) == (1_250_000_000, 200_000)
    assert (tier.rates.input_nanos, tier.rates.output_nanos) == (2_500_000_000, 15_000_000_000)
