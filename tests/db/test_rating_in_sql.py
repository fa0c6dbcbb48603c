"""Rating in SQL says the same as the rule in domain/rating.py, to the last nano."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db import prices
from db.engine import Database
from db.usage.intake import Intake
from domain.ids import new_id
from domain.rates import Rates, Tier, rates_above
from domain.rating import TokenRates, rate_tokens
from tests.usage import a_price as a_version
from tests.world import NOON, Line, a_price, an_organization

# Each example makes an organization of its own, so that sharing the database is harmless.
SHARED = [HealthCheck.function_scoped_fixture]
_AMOUNTS = text("select amount_nanos from usage where model = :model order by substr(id, 2)::int")
_tokens = st.integers(0, 100_000_000)
_rate = st.integers(0, 10**15) | st.sampled_from([0, 1, 150_000_000, 10**12])


@settings(max_examples=40, suppress_health_check=SHARED)
@given(
    cases=st.lists(
        st.tuples(_tokens, _tokens, st.floats(0, 1), _rate, _rate, _rate), min_size=1, max_size=40
    ),
)
def test_the_database_rates_as_the_rule_says(
    rating_connection: psycopg.Connection, cases: list[tuple[int, int, float, int, int, int]]
) -> None:
    for input_tokens, output_tokens, part, input_rate, cached_rate, output_rate in cases:
        cached = int(input_tokens * part)
        expected = rate_tokens(
            TokenRates(input_rate, output_rate, cached_rate),
            input_tokens=input_tokens,
            cached_tokens=cached,
            output_tokens=output_tokens,
        )
        found = rating_connection.execute(
            "select rate_tokens(%s, %s, %s, %s, %s, %s)",
            (input_tokens, cached, output_tokens, input_rate, cached_rate, output_rate),
        ).fetchone()
        assert found == (expected,)


@pytest.fixture
def rating_connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as connection:
        yield connection


@settings(max_examples=15, suppress_health_check=SHARED)
@given(
    cases=st.lists(
        st.tuples(st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.floats(0, 1)),
        min_size=1,
        max_size=30,
    )
)
def test_the_statements_written_out_sum_is_the_same(
    database_url: str, cases: list[tuple[int, int, float]]
) -> None:
    asyncio.run(_compare(database_url, cases))


async def _compare(url: str, cases: list[tuple[int, int, float]]) -> None:
    database = Database.open(url)
    intake = await Intake.open(url, connections=1)
    alice = await an_organization(database)
    await a_price(
        database, model=alice.hex, input_rate=1_234_567, output_rate=7_654_321_001, cached_rate=999_999
    )
    lines = [
        Line(
            alice,
            f"r{n}",
            model=alice.hex,
            input_tokens=i,
            output_tokens=o,
            cached_input_tokens=int(i * part),
        )
        for n, (i, o, part) in enumerate(cases)
    ]
    await intake.take_in([str(line) for line in lines], [], frozenset(), now=NOON)
    async with database.begin() as tx:
        found = (await tx.execute(_AMOUNTS, {"model": alice.hex})).all()
    rates = TokenRates(1_234_567, 7_654_321_001, 999_999)
    expected = [
        rate_tokens(
            rates,
            input_tokens=x.input_tokens,
            cached_tokens=x.cached_input_tokens,
            output_tokens=x.output_tokens,
        )
        for x in lines
    ]
    await intake.close()
    await database.close()
    assert [row[0] for row in found] == expected


async def test_the_size_of_a_request_decides_which_tier_rates_all_of_it(
    database: Database, database_url: str
) -> None:
    alice = await an_organization(database)
    rates = [Rates(input_nanos=n * 10**9, output_nanos=n * 10**10, cached_input_nanos=n) for n in (1, 2, 3)]
    tiers = tuple(
        Tier(id=new_id(), above_tokens=above, rates=asked)
        for above, asked in zip((200_000, 1_000_000), rates[1:], strict=True)
    )
    version = a_version(rates=rates[0], tiers=tiers)
    async with database.begin() as tx:
        await prices.insert_once(tx, version)
    sizes = [0, 1, 199_999, 200_000, 200_001, 1_000_000, 1_000_001, 5_000_000]
    lines = [
        Line(
            alice, f"r{n}", model="gpt-4o", input_tokens=size, cached_input_tokens=size // 2, output_tokens=7
        )
        for n, size in enumerate(sizes)
    ]
    intake = await Intake.open(database_url, connections=1)
    await intake.take_in([str(line) for line in lines], [], frozenset(), now=NOON)
    await intake.close()
    asked = [rates_above(version.rates, tiers, size - 1) for size in sizes]
    expected = [
        rate_tokens(
            TokenRates(one.input_nanos, one.output_nanos, one.cached_input_nanos),
            input_tokens=size,
            cached_tokens=size // 2,
            output_tokens=7,
        )
        for one, size in zip(asked, sizes, strict=True)
    ]
    applied = [version.id] * 4 + [tiers[0].id] * 2 + [tiers[1].id] * 2
    async with database.begin() as tx:
        found = (await tx.execute(_AMOUNTS, {"model": "gpt-4o"})).all()
        named = await tx.execute(text("select price_id from usage order by substr(id, 2)::int"))
        assert list(named.scalars()) == applied
    assert [row[0] for row in found] == expected


async def test_a_version_ends_with_its_tiers(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    long = Tier(id=new_id(), above_tokens=10, rates=Rates(input_nanos=9 * 10**9, output_nanos=0))
    flat = Rates(input_nanos=10**9, output_nanos=0)
    async with database.begin() as tx:
        await prices.insert_once(tx, a_version(rates=flat, tiers=(long,)))
        await prices.insert_once(tx, a_version(rates=flat, effective_at=NOON))
    lines = [
        Line(alice, f"r{n}", model="gpt-4o", input_tokens=100, output_tokens=0, occurred_at=at)
        for n, at in enumerate((NOON - timedelta(seconds=1), NOON))
    ]
    intake = await Intake.open(database_url, connections=1)
    await intake.take_in([str(line) for line in lines], [], frozenset({(2026, 10)}), now=NOON)
    await intake.close()
    async with database.begin() as tx:
        found = (await tx.execute(_AMOUNTS, {"model": "gpt-4o"})).all()
    assert [row[0] for row in found] == [900_000, 100_000]
