"""The price book: versions that never change, names, warnings, and the providers' list beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.list_prices import apply_differences, differences, seed_list_prices
from activities.prices import name_alias, publish
from db import audit, list_prices, prices
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import Invalid
from domain.ids import new_id
from domain.price import Alias, AliasExists, Price, PriceExists
from domain.rates import Rates, Tier
from tests.usage import NOON, Use, a_price, an_organization, report


async def published(database: Database, price: Price) -> Price:
    async with database.begin() as tx:
        return (await publish(tx, price, actor=SYSTEM)).price


async def test_the_same_price_said_twice_is_one_version_and_one_audit_entry(database: Database) -> None:
    first = await published(database, a_price())
    again = await published(database, a_price(created_at=NOON + timedelta(days=1), created_by="Bob"))
    assert again == first
    async with database.begin() as tx:
        entries = await audit.list_page(
            tx, filters=audit.Filters(action="price.published"), before=None, limit=9
        )
    assert len(entries) == 1


async def test_another_price_at_the_same_instant_is_refused(database: Database) -> None:
    await published(database, a_price())
    dearer = Rates(input_nanos=3_000_000_000, output_nanos=10_000_000_000)
    with pytest.raises(PriceExists):
        await published(database, a_price(rates=dearer))


async def test_a_later_version_ends_the_one_before_it(database: Database) -> None:
    await published(database, a_price(effective_at=NOON))
    async with database.begin() as tx:
        earlier = await publish(tx, a_price(effective_at=NOON - timedelta(days=9)), actor=SYSTEM)
    assert earlier.until == NOON


async def test_only_the_version_in_force_is_listed_for_an_instant(database: Database) -> None:
    old = await published(database, a_price())
    new = await published(database, a_price(effective_at=NOON))
    async with database.begin() as tx:
        found = [
            [
                price.id
                for price in await prices.list_page(tx, filters=prices.Filters(at=at), after=None, limit=9)
            ]
            for at in (NOON - timedelta(seconds=1), NOON)
        ]
    assert found == [[old.id], [new.id]]


async def test_a_tiers_name_leads_to_its_version_and_lists_show_versions_only(database: Database) -> None:
    tiers = tuple(
        Tier(id=new_id(), above_tokens=above, rates=Rates(input_nanos=above, output_nanos=9))
        for above in (200_000, 500_000)
    )
    made = await published(database, a_price(tiers=tiers))
    async with database.begin() as tx:
        assert [await prices.get(tx, price_id=named) for named in (made.id, tiers[1].id)] == [made, made]
        assert await prices.list_page(tx, filters=prices.Filters(), after=None, limit=9) == [made]
        assert await prices.versions(tx, made, limit=9) == [made]
    assert made.tiers == tiers
    with pytest.raises(PriceExists):
        await published(database, a_price(tiers=tiers[:1]))


async def test_a_version_without_the_tiers_of_the_one_before_is_remarked_on(database: Database) -> None:
    long = Tier(id=new_id(), above_tokens=9, rates=Rates(input_nanos=10**10, output_nanos=10**11))
    await published(database, a_price(tiers=(long,)))
    async with database.begin() as tx:
        answers = [
            await publish(tx, a_price(effective_at=NOON + timedelta(days=n)), actor=SYSTEM) for n in (0, 1)
        ]
    assert [answer.ends_tiers for answer in answers] == [True, False]


async def test_a_price_below_the_providers_list_is_published_with_a_warning(database: Database) -> None:
    cheap = a_price(rates=Rates(input_nanos=1_000_000_000, output_nanos=20_000_000_000))
    async with database.begin() as tx:
        answer = await publish(tx, cheap, actor=SYSTEM)
    assert answer.below_list == ("input", "cached_input")


async def test_publishing_learns_the_list_price_of_a_dated_name(database: Database) -> None:
    dated = a_price(provider="anthropic", model="claude-3-5-haiku-20241022")
    await published(database, dated)
    async with database.begin() as tx:
        found = await list_prices.find(tx, provider="anthropic", model=dated.model, at=NOON)
    assert found is not None
    assert found.rates.input_nanos == 800_000_000


async def test_publishing_tells_how_many_quarantined_records_the_price_covers(
    database: Database, database_url: str
) -> None:
    alice = await an_organization(database)
    await report(database_url, *[Use(id=f"r{n}", organization_id=alice) for n in range(3)])
    async with database.begin() as tx:
        answers = [
            await publish(tx, a_price(effective_at=at), actor=SYSTEM)
            for at in (NOON, NOON + timedelta(days=1))
        ]
    assert [answer.releasable for answer in answers] == [3, 0]


@pytest.mark.parametrize(
    "wrong",
    [{"model": ""}, {"currency": "XXX"}, {"provider": " "}, {"rates": Rates(input_nanos=-1, output_nanos=0)}],
)
async def test_a_price_that_cannot_be_is_refused(database: Database, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await published(database, a_price(**wrong))


def alias(name: str, model: str) -> Alias:
    return Alias(provider="openai", alias=name, model=model, created_at=NOON)


async def test_an_alias_is_priced_as_its_model(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    await published(database, a_price())
    async with database.begin() as tx:
        await name_alias(tx, alias("our-best", "gpt-4o"), actor=SYSTEM)
    assert await report(database_url, Use(id="r1", organization_id=alice, model="our-best")) == {}


async def test_a_name_with_a_price_of_its_own_is_priced_once(database: Database, database_url: str) -> None:
    alice = await an_organization(database)
    await published(database, a_price())
    await published(database, a_price(model="gpt-4o-mini"))
    async with database.begin() as tx:
        await name_alias(tx, alias("gpt-4o-mini", "gpt-4o"), actor=SYSTEM)
    await report(database_url, Use(id="r1", organization_id=alice, model="gpt-4o-mini"))
    async with database.begin() as tx:
        counted = (await tx.exec_driver_sql("select count(*), count(distinct posting_id) from usage")).one()
    assert tuple(counted) == (1, 1)


@pytest.mark.parametrize(("name", "model"), [("best", "gpt-4.1"), ("gpt-4o", "o3"), ("other", "best")])
async def test_aliases_neither_contradict_nor_chain(database: Database, name: str, model: str) -> None:
    async with database.begin() as tx:
        await name_alias(tx, alias("best", "gpt-4o"), actor=SYSTEM)
    with pytest.raises(AliasExists):
        async with database.begin() as tx:
            await name_alias(tx, alias(name, model), actor=SYSTEM)


async def test_list_prices_are_seeded_once(database: Database) -> None:
    added = await seed_list_prices(database, now=NOON)
    assert added > 5_000
    assert await seed_list_prices(database, now=NOON) == 0


async def test_a_refresh_shows_what_differs_and_keeps_what_was_charged_before(database: Database) -> None:
    await seed_list_prices(database, now=NOON)
    async with database.begin() as tx:
        assert await differences(tx, now=NOON) == []
        found = await list_prices.find(tx, provider="openai", model="gpt-4o", at=NOON)
        assert found is not None
        raised = replace(found, id=new_id(), effective_at=NOON, rates=Rates(input_nanos=9, output_nanos=9))
        await list_prices.insert_missing(tx, [raised])
        shown = await differences(tx, now=NOON + timedelta(days=1))
        assert [difference.found.key for difference in shown] == [("openai", "gpt-4o")]
        assert await apply_differences(tx, shown, actor=SYSTEM) == 1
        assert await differences(tx, now=NOON + timedelta(days=2)) == []
