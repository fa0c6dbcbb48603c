"""The explorer finds exactly the records that pass, in order, whether they are walked or looked up."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from activities.prices import publish
from activities.rollups import RollupPump
from db.engine import Database
from db.usage import records, spans
from domain.audit import SYSTEM
from domain.usage import UsageFilters, UsagePlace, UsageRecord
from tests.usage import NOON, Use, a_price, an_organization, report

FILTERS: dict[str, Callable[[UsageRecord], bool]] = {
    "end_user=rare": lambda record: record.end_user == "rare",
    "end_user=user-1": lambda record: record.end_user == "user-1",
    "api_key_id=key-1": lambda record: record.api_key_id == "key-1",
    "bot_id=bot-2": lambda record: record.bot_id == "bot-2",
    "model=o3": lambda record: record.model == "o3",
    "model=unheard-of": lambda record: record.model == "unheard-of",
    "provider=openai": lambda record: record.provider == "openai",
    "status=error": lambda record: record.status != "ok",
    "status=refused": lambda record: record.status == "refused",
    "state=quarantined": lambda record: record.state == "quarantined",
    "state=not_billed": lambda record: record.state == "not_billed",
    "environment=test": lambda record: record.environment == "test",
}


def use(organization_id: UUID, number: int, chance: Random) -> Use:
    odd = chance.random()
    return Use(
        id=f"r{number:04d}",
        organization_id=organization_id,
        occurred_at=NOON - timedelta(minutes=chance.randrange(60 * 24 * 70)),
        model=chance.choice(["gpt-4o", "gpt-4o", "o3", "unheard-of"]),
        end_user="rare" if odd < 0.03 else f"user-{chance.randrange(4)}",
        api_key_id=f"key-{chance.randrange(3)}",
        bot_id=f"bot-{chance.randrange(4)}" if odd < 0.7 else "",
        status=chance.choice(["ok", "ok", "ok", "timeout", "refused"]),
        environment="test" if odd > 0.95 else "production",
    )


@pytest.fixture
async def world(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Two organizations with records of ten weeks: most folded, some waiting; spans are short, to walk little."""
    monkeypatch.setattr(spans, "_FIRST_RECORDS", 10)
    async with database.begin() as tx:
        for model in ("gpt-4o", "o3"):
            await publish(tx, a_price(model=model), actor=SYSTEM)
    chance = Random(7)
    both = [await an_organization(database, name) for name in ("Alice", "Bob")]
    await report(database_url, *[use(chance.choice(both), number, chance) for number in range(600)])
    await RollupPump(database).run_once()
    await report(database_url, *[use(chance.choice(both), number, chance) for number in range(600, 700)])
    return both


def filters_of(text: str, organization_id: UUID | None) -> UsageFilters:
    facts = dict([text.split("=")])
    return UsageFilters(organization_id=organization_id, **facts)  # type: ignore[bad-argument-type]  # a filter by its name


async def all_of(database: Database, filters: UsageFilters, limit: int) -> list[UsageRecord]:
    """Page after page to the end."""
    found: list[UsageRecord] = []
    async with database.begin() as tx:
        while True:
            last = found[-1] if found else None
            before = None if last is None else UsagePlace(last.occurred_at, last.id, last.organization_id)
            page = await records.list_page(tx, filters=filters, before=before, limit=limit)
            found += page
            if len(page) < limit:
                return found


@pytest.mark.parametrize("limit", [7, 1000])
@pytest.mark.parametrize("whose", ["Alice", "everybody"])
async def test_every_filter_finds_all_that_passes_in_order(
    database: Database, world: list[UUID], whose: str, limit: int
) -> None:
    organization_id = world[0] if whose == "Alice" else None
    everything = await all_of(database, UsageFilters(organization_id=organization_id), 1000)
    assert len(everything) == 700 if whose == "everybody" else 200 < len(everything) < 500
    for text, passes in FILTERS.items():
        found = await all_of(database, filters_of(text, organization_id), limit)
        assert [record.id for record in found] == [record.id for record in everything if passes(record)], text


async def test_filters_are_laid_over_each_other(database: Database, world: list[UUID]) -> None:
    both = UsageFilters(end_user="user-2", model="o3", bot_id="bot-1", since=NOON - timedelta(days=60))
    everything = await all_of(database, UsageFilters(since=both.since), 1000)
    wanted = [r.id for r in everything if (r.end_user, r.model, r.bot_id) == ("user-2", "o3", "bot-1")]
    assert [record.id for record in await all_of(database, both, 3)] == wanted
    assert len(wanted) > 5


async def test_a_client_finds_its_rare_records_too(database: Database, world: list[UUID]) -> None:
    filters = UsageFilters(organization_id=world[0], end_user="rare")
    seen_by_staff = await all_of(database, filters, 1000)
    async with database.client(world[0]) as tx:
        assert list(await records.list_page(tx, filters=filters, before=None, limit=1000)) == seen_by_staff
