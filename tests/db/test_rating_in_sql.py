"""Rating in SQL says the same as the rule in domain/rating.py, to the last nano."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.engine import Database
from db.usage.intake import Intake
from domain.rating import TokenRates, rate_tokens
from tests.world import NOON, Line, a_price, an_organization

# Each example makes an organization of its own, so that sharing the database is harmless.
SHARED = [HealthCheck.function_scoped_fixture]
_AMOUNTS = text("select amount_nanos from usage where model = :model order by substr(id, 2)::int")
_tokens = st.integers(0, 100_000_000)
_rate = st.integers(0, 10**15) | st.sampled_from([0, 1, 150_000_000, 10**12])


@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
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


@settings(max_examples=15, deadline=None, suppress_health_check=SHARED)
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
