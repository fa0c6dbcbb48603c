"""The largest parts of long lists are the same whether lists are read whole or by their heads."""

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from activities.prices import publish
from activities.rollups import RollupPump, verify
from db import analytics, analytics_largest, projects, rollup_tops, rollups
from db.engine import Database
from domain.analytics import Breakdown, Dimension, Scope
from domain.audit import SYSTEM
from domain.ids import new_id
from domain.project import Project
from domain.window import window_between, window_named
from tests.usage import NOON, Use, a_price, an_organization, report

NOW = NOON + timedelta(seconds=1)
DAYS = 75
RECORDS = 1200
Asked = dict[str, Breakdown]


def use(whose: dict[UUID, list[UUID]], number: int, chance: Random) -> Use:
    """A request of a few large and many small users, keys and bots."""
    organization = chance.choice(list(whose))
    return Use(
        id=f"r{number}",
        organization_id=organization,
        project_id=chance.choice([*whose[organization], None]),
        occurred_at=NOON - timedelta(minutes=chance.randrange(60 * 24 * DAYS)),
        end_user=f"user-{int(chance.random() ** 3 * 40)}",
        api_key_id=f"key-{int(chance.random() ** 3 * 20)}",
        bot_id=f"bot-{int(chance.random() ** 2 * 10)}",
        input_tokens=chance.randrange(1000, 9000),
    )


@pytest.fixture
async def world(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> dict[UUID, list[UUID]]:
    """Two organizations with two projects each and records of eleven weeks; heads are short, so that they cut."""
    for name, length in {"LONG": 5, "HEAD": 8, "HASHES": 8}.items():
        monkeypatch.setattr(rollup_tops, name, length)
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
        await publish(tx, a_price(currency="EUR"), actor=SYSTEM)
    whose = {
        await an_organization(database, "Alice"): list[UUID](),
        await an_organization(database, "Bob", "EUR"): list[UUID](),
    }
    for organization, owned in whose.items():
        owned += [await a_project(database, organization, name) for name in ("one", "two")]
    chance = Random(5)
    await report(database_url, *[use(whose, number, chance) for number in range(RECORDS)])
    await RollupPump(database).run_once()
    return whose


async def a_project(database: Database, organization_id: UUID, name: str) -> UUID:
    project = Project(id=new_id(), organization_id=organization_id, name=name, created_at=NOON)
    async with database.begin() as tx:
        await projects.insert_one(tx, project)
    return project.id


async def closed(database: Database) -> None:
    async with database.begin() as tx:
        while await rollups.close(tx, now=NOW):
            pass


async def every_answer(database: Database, whose: dict[UUID, list[UUID]]) -> Asked:
    """Every breakdown of everybody, Alice and one of her projects."""
    alice, owned = next(iter(whose.items()))
    scopes = [Scope(), Scope(organization_id=alice), Scope(organization_id=alice, project_id=owned[0])]
    by: tuple[Dimension, ...] = ("model", "project", "user", "key", "bot")
    answers: Asked = {}
    async with database.begin() as tx:
        for scope in scopes:
            for dimension in by:
                for name in ("7d", "30d", "365d"):
                    for order in ("cost", "requests"):
                        found = await analytics.breakdown(
                            tx,
                            by=dimension,
                            scope=scope,
                            window=window_named(name, NOW),
                            limit=3,
                            order=order,
                        )
                        answers[f"{scope} {dimension} {name} {order}"] = found
    return answers


async def test_heads_give_the_same_as_whole_lists(
    database: Database, world: dict[UUID, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_whole = await every_answer(database, world)
    await closed(database)
    used = spied(monkeypatch)
    by_heads = await every_answer(database, world)
    assert {asked: found.parts for asked, found in by_heads.items()} == {
        asked: found.parts for asked, found in read_whole.items()
    }
    assert used["answered"] > 10
    assert used["too short"] > 3
    assert await verify(database) == []


def spied(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often heads answered, and how often they did not reach far enough."""
    used, by_heads = Counter[str](), analytics_largest._by_heads

    async def spy(*given: object) -> list[object]:
        found = await by_heads(*given)  # type: ignore[bad-argument-type]  # handed through as it came
        used["answered" if found else "too short"] += 1
        return list(found)

    monkeypatch.setattr(analytics_largest, "_by_heads", spy)
    return used


async def test_late_usage_counts_at_once_and_its_lists_are_ranked_anew(
    database: Database, database_url: str, world: dict[UUID, list[UUID]]
) -> None:
    await closed(database)
    chance = Random(6)
    late = [use(world, number, chance) for number in range(RECORDS, RECORDS + 100)]
    await report(database_url, *late)
    await RollupPump(database).run_once()
    after_late = await every_answer(database, world)
    assert await verify(database) == []
    await closed(database)
    ranked_anew = await every_answer(database, world)
    assert [found.parts for found in ranked_anew.values()] == [found.parts for found in after_late.values()]
    assert await verify(database) == []


async def test_active_users_are_the_same_by_heads(database: Database, world: dict[UUID, list[UUID]]) -> None:
    alice, owned = next(iter(world.items()))
    scopes = [Scope(), Scope(organization_id=alice), Scope(organization_id=alice, project_id=owned[0])]

    async def series() -> list[object]:
        async with database.begin() as tx:
            window = window_named("90d", NOW)
            return [await analytics.user_series(tx, scope=scope, window=window) for scope in scopes]

    read_whole = await series()
    await closed(database)
    assert await series() == read_whole


async def test_series_are_the_same_from_closed_days(
    database: Database, world: dict[UUID, list[UUID]]
) -> None:
    alice, owned = next(iter(world.items()))
    scopes = [Scope(), Scope(organization_id=alice), Scope(organization_id=alice, project_id=owned[0])]
    windows = [window_named("90d", NOW), window_between(NOW - timedelta(days=40), NOW - timedelta(days=20))]
    models = [("openai", "gpt-4o"), ("openai", "none")]

    async def found() -> list[object]:
        async with database.begin() as tx:
            asked = [(scope, window) for scope in scopes for window in windows]
            every = [await analytics.series(tx, scope=scope, window=window) for scope, window in asked]
            named = [
                await analytics.model_series(tx, scope=scope, window=window, models=models)
                for scope, window in asked
            ]
        return [*every, *named]

    from_hours = await found()
    await closed(database)
    assert await found() == from_hours


async def test_very_many_parts_are_counted_by_estimate(
    database: Database, world: dict[UUID, list[UUID]]
) -> None:
    exact = await every_answer(database, world)
    await closed(database)
    for asked, found in (await every_answer(database, world)).items():
        assert found.count == exact[asked].count if found.count_is_exact else found.count > 0
