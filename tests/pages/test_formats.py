"""How the pages write money, counts and times, and where they lead."""

from datetime import UTC, datetime

import pytest

from api.pages.acts import local_path
from api.pages.formats import (
    compact,
    country_options,
    milliseconds,
    moment,
    money,
    month,
    number,
    percent,
    pretty_json,
    process_name,
    sentence,
    short_id,
    since_when,
)
from api.pages.render import _environment


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234567.891", "USD", "1,234,567.89"),
        ("0.000012345", "USD", "0.000012"),
        ("0.00", "USD", "0.00"),
        ("0.5", "USD", "0.50"),
        ("-17.2", "USD", "−17.20"),
        ("1234.56", "JPY", "1,235"),
        (25_000_000_000, "EUR", "25.00"),
        ("9000000000", "USD", "9,000,000,000.00"),
    ],
)
def test_money_is_rounded_to_read(amount: str | int, currency: str, shown: str) -> None:
    assert f">{shown} <" in money(amount, currency)


def test_money_is_exact_in_its_tooltip() -> None:
    assert 'title="0.000012345 USD"' in money("0.000012345", "USD")


def test_what_comes_from_elsewhere_is_escaped() -> None:
    assert "<script>" not in money("1.00", "<script>")


def test_counts_are_grouped_and_large_ones_shortened() -> None:
    found = (
        number(1234567),
        number(-5),
        compact(9_999),
        compact(12_345),
        compact(64_500_000),
        percent(0.0402),
    )
    assert found == ("1,234,567", "−5", "9,999", "12.3 k", "64.5 M", "4.0 %")


def test_durations_are_in_the_unit_one_reads() -> None:
    assert (milliseconds(None), milliseconds(1956), milliseconds(45_000)) == ("–", "1,956 ms", "45.0 s")


def test_a_time_carries_utc_for_the_readers_browser() -> None:
    shown = moment(datetime(2026, 11, 21, 9, 5, 7, tzinfo=UTC))
    assert 'datetime="2026-11-21T09:05:07Z"' in shown
    assert "21 Nov 2026 09:05 UTC" in shown


def test_identifiers_are_short_and_still_told_apart() -> None:
    assert short_id("org_0198c0de7d7d7890a6c57a522c522207") == "org_…522207"
    assert short_id("collection/in_0198c0de7d7d7890a6c57a522c522207") == "collection/in_…522207"
    assert short_id("billing-run/2026-10") == "billing-run/2026-10"


def test_json_is_laid_out_and_anything_else_stays() -> None:
    assert pretty_json('{"a": 1}') == '{\n  "a": 1\n}'
    assert pretty_json("not json") == "not json"


@pytest.mark.parametrize(
    "given",
    [
        "//evil.example",
        "https://evil.example/console",
        "/console//evil",
        "/consoles",
        "/console\\evil",
        "/console\n",
    ],
)
def test_nobody_is_led_out_of_the_console(given: str) -> None:
    assert local_path(given, otherwise="/console") == "/console"


def test_a_path_of_the_console_is_kept_with_its_query() -> None:
    assert local_path("/console/usage?from=2026-11-01") == "/console/usage?from=2026-11-01"


def test_every_template_compiles() -> None:
    templates = _environment()
    assert len([templates.get_template(name) for name in templates.list_templates()]) > 20


def test_codes_are_written_as_people_say_them() -> None:
    assert (month("2026-10"), month("2026-13"), process_name("OrganizationDeletion")) == (
        "October 2026",
        "2026-13",
        "Organization deletion",
    )
    assert country_options(["US", "DE"]) == [("DE", "Germany (DE)"), ("US", "United States (US)")]
    assert "always" in since_when(datetime(1970, 1, 1, tzinfo=UTC))


def test_a_refusal_is_a_sentence_and_its_field_has_a_readable_name() -> None:
    assert sentence("received_on: this day is still to come") == "Received on: this day is still to come."
    assert sentence("Is it yours?") == "Is it yours?"
