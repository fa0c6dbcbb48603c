"""Unpriced usage is kept, shown with what is at stake, and charged once when its price arrives."""

import asyncio
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.prices import publish
from activities.quarantine import Quarantine
from db import quarantine
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import new_id
from domain.quarantine import Release, ReleaseScope
from domain.rates import Rates, Tier
from domain.rating import TokenRates, rate_tokens
from tests.usage import LONG_AGO, NOON, Use, a_price, an_organization, report

ALL = ReleaseScope()
EACH = 2_500_000 + 5_000_000


async def price_arrives(database: Database, **other: object) -> None:
    async with database.begin() as tx:
        await publish(tx, a_price(**other), actor=SYSTEM)


async def released(database: Database, scope: ReleaseScope = ALL) -> tuple[Release, ...]:
    return await Quarantine(database).release(scope, actor=SYSTEM, now=NOON)


async def sums(database: Database) -> tuple[int, int, int]:
    """Records priced, their amount, and the revenue posted."""
    query = text("""select (select count(*) from usage where state = 'priced'),
      (select coalesce(sum(amount_nanos), 0) from usage where state = 'priced')::bigint,
      (select coalesce(sum(amount_nanos), 0) from postings where credit = 'revenue:usage')::bigint""")
    async with database.begin() as tx:
        records, amount, revenue = (await tx.execute(query)).one()
    return records, amount, revenue


async def waiting(database: Database, url: str, count: int = 4) -> UUID:
    alice = await an_organization(database)
    await report(url, *[Use(id=f"r{n}", organization_id=alice) for n in range(count)])
    return alice


async def test_groups_show_counts_tokens_and_value_by_list_price(
    database: Database, database_url: str
) -> None:
    await price_arrives(database, currency="EUR")
    alice = await waiting(database, database_url)
    async with database.begin() as tx:
        (group,) = await quarantine.list_groups(tx, limit=2)
        whole = await quarantine.total(tx)
    assert (group.organization_id, group.records, group.input_tokens, group.releasable) == (alice, 4, 4000, 0)
    assert group.at_stake_nanos == 4 * EACH
    assert (whole.records, whole.releasable, whole.at_stake_nanos) == (4, 0, 4 * EACH)


async def test_a_release_charges_everything_once(database: Database, database_url: str) -> None:
    alice = await waiting(database, database_url)
    await price_arrives(database)
    (release,) = await released(database)
    assert (release.organization_id, release.records, release.amount_nanos) == (alice, 4, 4 * EACH)
    assert await released(database) == ()
    assert await sums(database) == (4, 4 * EACH, 4 * EACH)


async def test_a_preview_says_what_the_release_does_and_changes_nothing(
    database: Database, database_url: str
) -> None:
    await waiting(database, database_url)
    await price_arrives(database)
    async with database.begin() as tx:
        shown = await quarantine.preview(tx, scope=ALL)
    assert await sums(database) == (0, 0, 0)
    assert shown == await released(database)


async def test_the_version_in_force_at_the_time_of_use_decides(database: Database, database_url: str) -> None:
    await waiting(database, database_url, 1)
    await price_arrives(database, effective_at=LONG_AGO)
    await price_arrives(database, effective_at=NOON, rates=Rates(input_nanos=10**9, output_nanos=0))
    (release,) = await released(database)
    assert release.amount_nanos == 1_000_000


async def test_an_organizations_own_price_goes_first(database: Database, database_url: str) -> None:
    alice = await waiting(database, database_url, 1)
    await price_arrives(database)
    await price_arrives(database, organization_id=alice, rates=Rates(input_nanos=0, output_nanos=10**9))
    (release,) = await released(database)
    assert release.amount_nanos == 500_000


async def test_what_waited_pays_the_tier_of_its_size(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    uses = [Use(id=f"r{n}", organization_id=alice, input_tokens=n, output_tokens=0) for n in (1000, 1001)]
    await report(database_url, *uses)
    long = Tier(id=new_id(), above_tokens=1000, rates=Rates(input_nanos=10**10, output_nanos=0))
    cheap = a_price(rates=Rates(input_nanos=10**9, output_nanos=0), tiers=(long,))
    async with database.begin() as tx:
        answer = await publish(tx, cheap, actor=SYSTEM)
    (release,) = await released(database)
    assert (answer.releasable, release.amount_nanos) == (2, 1_000_000 + 10_010_000)


async def test_usage_before_the_price_began_stays_in_quarantine(
    database: Database, database_url: str
) -> None:
    await waiting(database, database_url)
    await price_arrives(database, effective_at=NOON + timedelta(seconds=1))
    assert await released(database) == ()


async def test_a_release_can_be_limited_to_a_model(database: Database, database_url: str) -> None:
    alice = await waiting(database, database_url, 1)
    await report(database_url, Use(id="other", organization_id=alice, model="o3"))
    await price_arrives(database)
    await price_arrives(database, model="o3")
    assert [r.records for r in await released(database, ReleaseScope(provider="openai", model="o3"))] == [1]


async def test_what_is_left_of_a_deleted_organization_is_never_charged(
    database: Database, database_url: str
) -> None:
    await waiting(database, database_url)
    await price_arrives(database)
    async with database.begin() as tx:
        await tx.execute(text("update organizations set state = 'deleted'"))
        assert await quarantine.preview(tx, scope=ALL) == ()
    assert await released(database) == ()
    assert await sums(database) == (0, 0, 0)


@pytest.mark.parametrize(
    ("scope", "records"),
    [
        (ReleaseScope(provider="twilio", model="", meter="voice"), 1),
        (ReleaseScope(provider="twilio", model=""), 2),
        (ReleaseScope(provider="twilio", model="gpt-4o", meter=""), 1),
        (ReleaseScope(provider="twilio"), 3),
    ],
    ids=["a meter", "without a model", "a model", "a provider"],
)
async def test_a_release_can_be_limited_to_a_meter(
    database: Database, database_url: str, scope: ReleaseScope, records: int
) -> None:
    alice = await an_organization(database)
    of_meters = [
        Use(id=meter, organization_id=alice, provider="twilio", model="", meter=meter)
        for meter in ("voice", "sms")
    ]
    await report(database_url, *of_meters, Use(id="tokens", organization_id=alice, provider="twilio"))
    for meter in ("voice", "sms"):
        await price_arrives(database, provider="twilio", model="", meter=meter, unit="m", unit_nanos=10**6)
    await price_arrives(database, provider="twilio")
    assert [release.records for release in await released(database, scope)] == [records]


async def test_a_meter_is_released_at_its_price_per_unit(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    voice = Use(
        id="call",
        organization_id=alice,
        provider="twilio",
        model="",
        meter="voice",
        quantity_micros=2_500_000,
    )
    await report(database_url, voice)
    await price_arrives(
        database, provider="twilio", model="", meter="voice", unit="minutes", unit_nanos=40_000_000
    )
    (release,) = await released(database)
    assert release.amount_nanos == 100_000_000


async def test_usage_of_an_invoiced_month_is_carried_by_the_open_one(
    database: Database, database_url: str
) -> None:
    await waiting(database, database_url, 1)
    await price_arrives(database)
    async with database.begin() as tx:
        await tx.execute(text("update wallets set invoiced_until = '2026-11-01Z'"))
    await released(database)
    async with database.begin() as tx:
        assert str((await tx.execute(text("select billed_in from usage"))).scalar_one()) == "2026-11-01"


async def test_concurrent_releases_and_ingestion_leave_exact_books(
    database: Database, database_url: str
) -> None:
    alice = await waiting(database, database_url, 300)
    await price_arrives(database)
    fresh = [Use(id=f"n{n}", organization_id=alice) for n in range(300)]
    await asyncio.gather(
        *[released(database) for _ in range(3)],
        *[report(database_url, *fresh[start : start + 100]) for start in (0, 100, 200)],
    )
    assert await sums(database) == (600, 600 * EACH, 600 * EACH)


async def test_a_release_rates_exactly_as_the_rule_says(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    chance = Random(11)
    uses = [
        Use(
            id=f"r{number}",
            organization_id=alice,
            input_tokens=(tokens := chance.choice([0, 1, 999, 123_457, 99_999_999])),
            cached_input_tokens=chance.randrange(tokens + 1),
            output_tokens=chance.choice([0, 1, 500, 77_777_777]),
        )
        for number in range(60)
    ]
    await report(database_url, *uses)
    rates = Rates(
        input_nanos=2_500_000_501, output_nanos=999_999_999_999_999, cached_input_nanos=1_249_999_999
    )
    await price_arrives(database, rates=rates)
    await released(database)
    rule = TokenRates(rates.input_nanos, rates.output_nanos, rates.cached_input_nanos)
    async with database.begin() as tx:
        found = await tx.execute(text("select id, amount_nanos from usage"))
    stored = {row.id: row.amount_nanos for row in found}
    assert stored == {
        use.id: rate_tokens(
            rule,
            input_tokens=use.input_tokens,
            cached_tokens=use.cached_input_tokens,
            output_tokens=use.output_tokens,
        )
        for use in uses
    }
