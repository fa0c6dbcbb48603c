"""The month-end's SQL and the rule in the domain say the same about any month."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db import wallets
from db.engine import Database
from domain.ids import new_id
from domain.invoice.lines import Line, UsageGroup, in_coins, lines_of_usage
from domain.invoice.totals import Totals, totals
from domain.rating import TokenRates, rate_tokens, rate_units
from domain.wallet import CreditLot
from tests.monthend import NOW, OCTOBER, close_month, report, rows
from tests.world import Line as Record
from tests.world import an_organization

MODELS = {
    "one": TokenRates(1_234_567_891, 7_000_000_001, 99_999_999),
    "two": TokenRates(3, 0),
    "three": TokenRates(150_000_000, 600_000_000),
}
_PRICE = """insert into prices (id, organization_id, provider, model, meter, currency, input_per_million_nanos,
  output_per_million_nanos, cached_input_per_million_nanos, unit_nanos, effective_at, created_at, created_by)
  values (:id, :org, 'openai', :model, :meter, :currency, :input, :output, :cached, :unit, '2020-01-01', now(), 'test')"""
_TERMS = "update billing_profiles set discount_ppm = :ppm, region = :region where organization_id = :org"
_TAX = "insert into tax_rates values (:id, 'US', :region, 'Tax', :tax, '2026-01-01', now())"
UNIT_NANOS = 12_345_678
counts = st.integers(0, 30_000)


@dataclass(frozen=True)
class Month:
    """What one organization used, what it had, and its terms."""

    tokens: list[tuple[str, int, int, int]]
    minutes: list[int]
    credit_nanos: int
    discount_ppm: int
    tax_ppm: int
    currency: str


@st.composite
def months(draw: st.DrawFn) -> Month:
    tokens = draw(st.lists(st.tuples(st.sampled_from(sorted(MODELS)), counts, counts, counts), max_size=8))
    ppm = st.integers(0, 1_000_000)
    return Month(
        tokens=[(model, max(total, cached), cached, output) for model, total, cached, output in tokens],
        minutes=draw(st.lists(st.integers(1, 10**8), max_size=3)),
        credit_nanos=draw(st.sampled_from([0, 0, 1, 10**6, 10**8])),
        discount_ppm=draw(st.one_of(st.just(0), ppm)),
        tax_ppm=draw(st.one_of(st.just(0), ppm)),
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
    )


def ruled(month: Month, ids: dict[str, UUID]) -> tuple[list[Line], Totals]:
    """What the domain makes of the month: models in the order of their names, meters last."""
    groups = [_tokens(month, model, ids[model]) for model in sorted(MODELS)] + [
        _minutes(month, ids["minutes"])
    ]
    billed = [line for group in groups for line in lines_of_usage(group, OCTOBER)]
    usage = sum(group.amount_nanos for group in groups)
    sums = totals(
        usage_nanos=usage,
        recurring_nanos=0,
        unbilled_nanos=usage - min(usage, month.credit_nanos),
        currency=month.currency,
        discount_ppm=month.discount_ppm,
        tax_ppm=month.tax_ppm,
    )
    return in_coins(billed, month.currency), sums


def _tokens(month: Month, model: str, price_id: UUID) -> UsageGroup:
    used, rates = [each for each in month.tokens if each[0] == model], MODELS[model]
    amounts = [rate_tokens(rates, input_tokens=i, cached_tokens=c, output_tokens=o) for _, i, c, o in used]
    return UsageGroup(
        usage_month=OCTOBER,
        provider="openai",
        model=model,
        price_id=price_id,
        amount_nanos=sum(amounts),
        input_tokens=sum(each[1] for each in used),
        cached_tokens=sum(each[2] for each in used),
        output_tokens=sum(each[3] for each in used),
        input_rate=rates.input,
        cached_rate=rates.cached,
        output_rate=rates.output,
    )


def _minutes(month: Month, price_id: UUID) -> UsageGroup:
    amount = sum(rate_units(UNIT_NANOS, quantity_micros=each) for each in month.minutes)
    return UsageGroup(
        usage_month=OCTOBER,
        provider="openai",
        model="voice",
        meter="minutes",
        unit="tokens",
        price_id=price_id,
        amount_nanos=amount,
        quantity_micros=sum(month.minutes),
        unit_nanos=UNIT_NANOS,
    )


async def billed(url: str, month: Month) -> None:
    """Takes the month in for a new organization, closes it, and compares every line and sum with the rule."""
    database = Database.open(url, pool_size=3)
    try:
        alice = await an_organization(database, currency=month.currency)
        ids = await _agreed(database, alice, month)
        await _used(database, alice, month)
        await close_month(database, organization_ids=[alice])
        lines, sums = ruled(month, ids)
        await _compare(database, alice, lines, sums)
    finally:
        await database.close()


async def _agreed(database: Database, alice: UUID, month: Month) -> dict[str, UUID]:
    """Alice's own prices, credit, discount, and the tax of a region where nobody else is."""
    ids = {name: new_id() for name in (*MODELS, "minutes")}
    prices = [
        {"model": model, "meter": "", "input": r.input, "output": r.output, "cached": r.cached, "unit": 0}
        for model, r in MODELS.items()
    ]
    prices.append(
        {"model": "voice", "meter": "minutes", "input": 0, "output": 0, "cached": None, "unit": UNIT_NANOS}
    )
    terms = {
        "org": alice,
        "ppm": month.discount_ppm,
        "region": alice.hex,
        "tax": month.tax_ppm,
        "id": new_id(),
    }
    async with database.begin() as tx:
        for price in prices:
            owner = {"id": ids[price["meter"] or price["model"]], "org": alice, "currency": month.currency}
            await tx.execute(text(_PRICE), price | owner)
        await tx.execute(text(_TERMS), terms)
        await tx.execute(text(_TAX), terms)
        if month.credit_nanos:
            await wallets.credit(tx, _lot(alice, month.credit_nanos), source="cash:stripe", cause="test")
    return ids


def _lot(alice: UUID, nanos: int) -> CreditLot:
    lot_id = new_id()
    return CreditLot(
        id=lot_id,
        organization_id=alice,
        kind="purchased",
        reason="test",
        amount_nanos=nanos,
        remaining_nanos=nanos,
        key=str(lot_id),
        created_at=NOW,
        priority=50,
        expires_at=None,
    )


async def _used(database: Database, alice: UUID, month: Month) -> None:
    at = datetime(2026, 10, 3, tzinfo=UTC)
    used = [
        Record(
            alice,
            id=f"t{n}",
            occurred_at=at,
            model=model,
            input_tokens=i,
            cached_input_tokens=c,
            output_tokens=o,
        )
        for n, (model, i, c, o) in enumerate(month.tokens)
    ]
    minute = Record(alice, occurred_at=at, model="voice", meter="minutes", input_tokens=0, output_tokens=0)
    used += [replace(minute, id=f"m{n}", quantity_micros=micros) for n, micros in enumerate(month.minutes)]
    if used:
        await report(database, *used)


async def _compare(database: Database, alice: UUID, lines: list[Line], sums: Totals) -> None:
    found = await rows(database, "select * from invoices where organization_id = :id", id=alice)
    if sums.usage_nanos == 0:
        assert found == []
        return
    for name in (
        "usage",
        "subtotal",
        "discount",
        "tax",
        "total",
        "credits_applied",
        "amount_due",
        "rounding",
    ):
        assert found[0][f"{name}_nanos"] == getattr(sums, f"{name}_nanos"), name
    sql = "select * from invoice_lines where organization_id = :id order by position"
    facts = (
        "kind",
        "description",
        "measure",
        "quantity",
        "unit",
        "unit_price_nanos",
        "exact_nanos",
        "amount_nanos",
    )
    kept = [[row[name] for name in facts] for row in await rows(database, sql, id=alice)]
    assert kept == [[getattr(line, name) for name in facts] for line in lines]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(month=months())
def test_the_statements_follow_the_rule(database_url: str, month: Month) -> None:
    asyncio.run(billed(database_url, month))
