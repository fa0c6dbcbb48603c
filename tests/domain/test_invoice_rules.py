"""The rule of the month-end: shares that sum, coins that sum, totals, days, taxes, anomalies, credits."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation import round_together, share_out
from domain.anomaly import AnomalyRule, reason_to_hold, too_many_held
from domain.errors import Invalid, PeriodNotEnded, WrongState
from domain.ids import new_id
from domain.invoice.credit_note import LineCredit, credit_of, gross_of_lines
from domain.invoice.lines import RecurringCharge, UsageGroup, lines_of_recurring, lines_of_usage
from domain.invoice.record import Invoice, InvoiceLine, number_text
from domain.invoice.totals import EntryShare, totals, unbilled_of
from domain.money import NANOS, coin_nanos, round_to_coin
from domain.period import begins_at, ends_at, month_of, next_month, previous_month, read_period, require_ended
from domain.tax import TaxRate, rate_for, read_percent, show_percent

OCTOBER = date(2026, 10, 1)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
amounts = st.integers(0, 10**15)
currencies = st.sampled_from(["USD", "JPY", "KWD"])


@given(st.integers(0, 10**18), st.lists(st.integers(0, 10**20), min_size=1, max_size=6))
def test_shares_are_whole_and_sum_to_the_whole(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_no_share_is_off_by_a_whole_nano(total: int, weights: list[int]) -> None:
    for share, weight in zip(share_out(total, weights), weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


@given(st.lists(amounts, max_size=30), currencies)
def test_lines_in_coins_sum_to_the_sum_rounded_once(exact: list[int], currency: str) -> None:
    coins = round_together(exact, currency)
    assert sum(coins) == round_to_coin(sum(exact), currency)
    for amount, before in zip(coins, exact, strict=True):
        assert amount % coin_nanos(currency) == 0
        assert abs(amount - before) < coin_nanos(currency)


@given(
    usage=amounts,
    recurring=amounts,
    share=st.integers(0, 100),
    discount=st.integers(0, 10**6),
    tax=st.integers(0, 10**6),
    currency=currencies,
)
def test_totals_close(usage: int, recurring: int, share: int, discount: int, tax: int, currency: str) -> None:
    unbilled = usage * share // 100
    sums = totals(
        usage_nanos=usage,
        recurring_nanos=recurring,
        unbilled_nanos=unbilled,
        currency=currency,
        discount_ppm=discount,
        tax_ppm=tax,
    )
    assert sums.amount_due_nanos >= 0
    assert sums.credits_applied_nanos >= 0
    posted = unbilled + recurring + sums.rounding_nanos - sums.discount_nanos + sums.tax_nanos
    assert posted == sums.amount_due_nanos


@given(amounts, currencies)
def test_a_postpaid_month_without_tax_is_its_usage_rounded_once(usage: int, currency: str) -> None:
    sums = totals(
        usage_nanos=usage,
        recurring_nanos=0,
        unbilled_nanos=usage,
        currency=currency,
        discount_ppm=0,
        tax_ppm=0,
    )
    assert sums.total_nanos == sums.amount_due_nanos == round_to_coin(usage, currency)


@given(st.integers(0, 100), st.lists(st.integers(0, 50), min_size=1, max_size=5))
def test_an_entry_over_several_invoices_is_owed_exactly_once(unbilled: int, parts: list[int]) -> None:
    whole, before, owed = sum(parts), 0, 0
    for part in parts:
        share = EntryShare(whole, min(unbilled, whole), now_nanos=part, before_nanos=before)
        owed, before = owed + unbilled_of([share]), before + part
    assert owed == min(unbilled, whole)


def used(month: date, **counts: Any) -> UsageGroup:
    return UsageGroup(usage_month=month, provider="p", model="m", price_id=None, amount_nanos=5, **counts)


def test_cached_tokens_without_a_price_of_their_own_are_input() -> None:
    group = used(OCTOBER, input_tokens=10, cached_tokens=4, input_rate=1)
    assert [(line.measure, line.quantity) for line in lines_of_usage(group, OCTOBER)] == [
        ("input", Decimal(10))
    ]


def test_usage_of_an_earlier_month_is_an_adjustment() -> None:
    group = used(date(2026, 9, 1), output_tokens=1, output_rate=1)
    [line] = lines_of_usage(group, OCTOBER)
    assert (line.kind, line.description) == ("adjustment", "m output tokens (September 2026)")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "nanos"),
    [
        (date(2026, 10, 1), None, 31 * NANOS),
        (date(2026, 10, 31), None, NANOS),
        (date(2026, 10, 5), date(2026, 10, 9), 5 * NANOS),
        (date(2026, 11, 1), None, None),
        (date(2026, 9, 1), date(2026, 9, 30), None),
    ],
)
def test_recurring_charges_count_days(starts_on: date, ends_on: date | None, nanos: int | None) -> None:
    charge = RecurringCharge(
        id=new_id(),
        organization_id=new_id(),
        kind="add_on",
        description="Support",
        monthly_nanos=31 * NANOS,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    found = lines_of_recurring(charge, first=OCTOBER, period=OCTOBER)
    assert [line.exact_nanos for line in found] == ([] if nanos is None else [nanos])


def test_months_follow_the_billing_zone() -> None:
    assert begins_at(OCTOBER, "Asia/Tokyo") == datetime(2026, 9, 30, 15, tzinfo=UTC)
    assert ends_at(OCTOBER, "America/New_York") == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert month_of(datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "America/New_York") == OCTOBER
    assert (next_month(date(2026, 12, 1)), previous_month(date(2026, 1, 1))) == (
        date(2027, 1, 1),
        date(2025, 12, 1),
    )


def test_a_month_is_over_when_it_is_over_in_the_zone() -> None:
    require_ended(OCTOBER, "UTC", NOW)
    with pytest.raises(PeriodNotEnded, match="America/New_York, the billing zone of org_1"):
        require_ended(OCTOBER, "America/New_York", NOW, organization="org_1")


def test_a_period_is_written_one_way() -> None:
    assert read_period("2026-10") == OCTOBER
    for wrong in ("2026-1", "2026-13", "2026-10-01", "0001-01", " 2026-10"):
        with pytest.raises(Invalid):
            read_period(wrong)


def rate(region: str, ppm: int, on: date) -> TaxRate:
    return TaxRate(
        id=new_id(), country="US", region=region, name="Tax", rate_ppm=ppm, effective_on=on, created_at=NOW
    )


def test_the_regions_newest_rate_holds_before_the_countrys() -> None:
    rates = [rate("", 1, OCTOBER), rate("NY", 2, date(2026, 1, 1))]
    rates += [rate("NY", 3, date(2026, 10, 31)), rate("NY", 4, date(2026, 11, 1))]
    held = rate_for(rates, country="US", region="NY", on=date(2026, 10, 31))
    elsewhere = rate_for(rates, country="US", region="CA", on=date(2026, 10, 31))
    assert (held and held.rate_ppm, elsewhere and elsewhere.rate_ppm) == (3, 1)
    assert rate_for(rates, country="DE", region="", on=date(2026, 10, 31)) is None


@given(st.integers(0, 10**6))
def test_percentages_are_read_as_they_are_shown(ppm: int) -> None:
    assert read_percent(show_percent(ppm), field="rate") == ppm


@pytest.mark.parametrize(
    ("total", "last", "reason"),
    [(900, None, ""), (300, 100, ""), (301, 100, "rise"), (100, 300, ""), (99, 300, "fall"), (40, 10, "")],
)
def test_anomalies_are_by_ratio_and_above_a_minimum(total: int, last: int | None, reason: str) -> None:
    rule = AnomalyRule(minimum_nanos=100)
    assert reason_to_hold(rule, total_nanos=total, last_month_nanos=last) == reason


def test_large_invoices_are_reviewed_and_many_held_stop_a_run() -> None:
    rule = AnomalyRule(review_nanos=1_000)
    assert reason_to_hold(rule, total_nanos=1_001, last_month_nanos=None) == "review"
    assert (too_many_held(rule, held=5, invoiced=95), too_many_held(rule, held=6, invoiced=94)) == (
        False,
        True,
    )


def invoice(**other: Any) -> Invoice:
    facts: dict[str, Any] = dict.fromkeys(Invoice.__dataclass_fields__)
    facts |= {
        "kind": "invoice",
        "state": "finalized",
        "currency": "USD",
        "total_nanos": 110 * NANOS,
        "tax_nanos": 10 * NANOS,
    }
    facts |= {"amount_due_nanos": 110 * NANOS, "amount_paid_nanos": 0, "amount_credited_nanos": 0}
    facts |= {"amount_returned_nanos": 0}
    facts |= {"tax_snapshot": {"rate_ppm": 100_000}}
    return Invoice(**facts | other)


@given(st.lists(st.integers(1, 3000), max_size=12))
def test_credits_in_parts_take_back_the_tax_exactly(cents: list[int]) -> None:
    current, tax = invoice(), 0
    for part in [cent * 10**7 for cent in cents]:
        if part <= current.open_nanos:
            tax += credit_of(current, part).tax_nanos
            current = replace(current, amount_credited_nanos=current.amount_credited_nanos + part)
    rest = current.open_nanos
    if rest:
        assert tax + credit_of(current, rest).tax_nanos == 10 * NANOS


@given(st.integers(0, 11_000), st.lists(st.integers(1, 3000), max_size=12))
def test_credits_take_what_is_open_first_and_return_what_was_paid(paid: int, cents: list[int]) -> None:
    current, tax = invoice(amount_paid_nanos=paid * 10**7, state="finalized"), 0
    for part in [cent * 10**7 for cent in cents]:
        if part <= current.creditable_nanos:
            taken = credit_of(current, part)
            assert taken.open_nanos == min(part, current.open_nanos)
            tax += taken.tax_nanos
            current = replace(
                current,
                amount_credited_nanos=current.amount_credited_nanos + taken.open_nanos,
                amount_returned_nanos=current.amount_returned_nanos + taken.returned_nanos,
            )
    assert current.amount_returned_nanos <= current.amount_paid_nanos
    assert current.amount_returned_nanos == 0 or current.open_nanos == 0
    rest = current.creditable_nanos
    if rest:
        assert tax + credit_of(current, rest).tax_nanos == 10 * NANOS


@pytest.mark.parametrize("state", ["draft", "void", "uncollectible"])
def test_what_was_not_asked_for_or_was_taken_back_is_not_credited(state: str) -> None:
    with pytest.raises(WrongState, match=state):
        credit_of(invoice(state=state), NANOS)


def test_credits_that_an_invoice_used_are_not_credited() -> None:
    with pytest.raises(WrongState, match="wallet"):
        credit_of(invoice(state="paid", amount_due_nanos=0), NANOS)
    with pytest.raises(Invalid, match=r"only 110\.00 USD"):
        credit_of(invoice(), 111 * NANOS)


def test_lines_are_credited_at_most_once_and_at_most_whole() -> None:
    facts: dict[str, Any] = dict.fromkeys(InvoiceLine.__dataclass_fields__)
    line = InvoiceLine(**facts | {"id": new_id(), "amount_nanos": 5 * NANOS})
    part = LineCredit(line.id, 5 * NANOS)
    assert gross_of_lines(invoice(), [line], [part]) == 5_500_000_000
    for wrong in ([part, part], [LineCredit(line.id, 6 * NANOS)], [LineCredit(new_id(), NANOS)]):
        with pytest.raises(Invalid):
            gross_of_lines(invoice(), [line], wrong)


def test_numbers_have_at_least_six_digits() -> None:
    assert [number_text("BO-", n) for n in (7, 1_234_567)] == ["BO-000007", "BO-1234567"]
