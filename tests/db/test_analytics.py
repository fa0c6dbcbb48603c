"""Dashboards agree with the records, from whichever table they are read."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from activities.prices import publish
from activities.rollups import RollupPump
from db import analytics, rollups
from db.engine import Database
from domain.analytics import Amount, Dimension, Scope, Totals
from domain.audit import SYSTEM
from domain.errors import Invalid
from domain.window import HOUR, Window, window_between, window_named
from tests.usage import NOON, Use, a_price, an_organization, report

NOW = NOON + timedelta(seconds=1)
EACH = 2_500_000 + 5_000_000
WINDOWS = ["1h", "4h", "12h", "1d", "7d", "30d", "90d", "365d"]


@pytest.fixture
async def acme(database: Database, database_url: str) -> UUID:
    """Sixty requests, one every minute back from noon: three users, two models, every fifth an error."""
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
        await publish(tx, a_price(model="o3"), actor=SYSTEM)
    alice = await an_organization(database)
    await report(database_url, *[use(alice, number) for number in range(60)])
    await report(database_url, Use(id="bob", organization_id=await an_organization(database, "Bob", "EUR")))
    await RollupPump(database).run_once()
    return alice


def use(organization_id: UUID, number: int) -> Use:
    return Use(
        id=f"r{number}",
        organization_id=organization_id,
        occurred_at=NOON - timedelta(minutes=number),
        model="o3" if number % 4 == 0 else "gpt-4o",
        end_user=f"user-{number % 3}",
        api_key_id="key",
        bot_id=f"bot-{number % 2}",
        status="timeout" if number % 5 == 0 else "ok",
    )


@pytest.mark.parametrize("name", WINDOWS)
async def test_every_window_shows_the_same_totals(database: Database, acme: UUID, name: str) -> None:
    async with database.begin() as tx:
        window = window_named(name, NOW)
        found = (await analytics.overview(tx, scope=Scope(organization_id=acme), window=window)).totals
    assert (found.requests, found.errors, found.input_tokens) == (60, 12, 60_000)
    assert found.amounts == (Amount("USD", 60 * EACH),)
    assert (found.error_rate, found.average_duration_ms, found.average_amounts[0].nanos) == (0.2, 200, EACH)


@pytest.mark.parametrize("name", WINDOWS)
async def test_a_series_has_every_step_and_sums_to_the_totals(
    database: Database, acme: UUID, name: str
) -> None:
    window = window_named(name, NOW)
    async with database.begin() as tx:
        found = await analytics.series(tx, scope=Scope(organization_id=acme), window=window)
    assert [point.at for point in found.points] == window.points()
    assert sum(point.totals.requests for point in found.points) == 60


@pytest.mark.parametrize("name", ["1h", "12h", "7d"])
@pytest.mark.parametrize(
    ("by", "parts"),
    [
        ("model", {"openai/gpt-4o": 45, "openai/o3": 15}),
        ("user", {"user-0": 20, "user-1": 20, "user-2": 20}),
        ("key", {"key": 60}),
        ("bot", {"bot-0": 30, "bot-1": 30}),
        ("project", {}),
    ],
)
async def test_a_breakdown_shows_each_part_and_its_share(
    database: Database, acme: UUID, name: str, by: Dimension, parts: dict[str, int]
) -> None:
    async with database.begin() as tx:
        found = await analytics.breakdown(
            tx, by=by, scope=Scope(organization_id=acme), window=window_named(name, NOW)
        )
    assert {part.key: part.totals.requests for part in found.parts} == parts
    assert found.count == len(parts)
    assert sum(part.share for part in found.parts) == pytest.approx(1 if parts else 0)


async def test_the_platform_adds_organizations_but_not_currencies(database: Database, acme: UUID) -> None:
    async with database.begin() as tx:
        await publish(tx, a_price(currency="EUR"), actor=SYSTEM)
    async with database.begin() as tx:
        found = await analytics.totals(tx, scope=Scope(), window=window_named("1d", NOW))
    assert found == await _of(database, acme)


async def _of(database: Database, organization_id: UUID) -> Totals:
    async with database.begin() as tx:
        scope = Scope(organization_id=organization_id)
        return await analytics.totals(tx, scope=scope, window=window_named("1d", NOW))


async def test_models_lie_side_by_side(database: Database, acme: UUID) -> None:
    async with database.begin() as tx:
        found = await analytics.model_series(
            tx, scope=Scope(), window=window_named("1d", NOW), models=[("openai", "o3"), ("openai", "none")]
        )
    assert [sum(point.totals.requests for point in one.points) for one in found] == [15, 0]


async def test_active_users_are_counted_day_by_day(database: Database, acme: UUID) -> None:
    async with database.begin() as tx:
        found = await analytics.user_series(
            tx, scope=Scope(organization_id=acme), window=window_named("7d", NOW)
        )
    assert [point.active for point in found] == [0] * 7 + [3]


async def test_active_users_are_counted_soon_after_midnight_too(database: Database, acme: UUID) -> None:
    after_midnight = NOON.replace(hour=1, minute=30)
    async with database.begin() as tx:
        window = window_named("1h", after_midnight)
        found = await analytics.user_series(tx, scope=Scope(organization_id=acme), window=window)
    assert [point.active for point in found] == [0]


async def test_closed_months_and_the_days_around_them_sum_to_the_whole(
    database: Database, database_url: str, acme: UUID
) -> None:
    old = [use(acme, number) for number in range(30)]
    moved = [
        replace(one, id=f"old{n}", occurred_at=NOON - timedelta(days=9 * n)) for n, one in enumerate(old)
    ]
    await report(database_url, *moved)
    await RollupPump(database).run_once()
    kinds: tuple[Dimension, ...] = ("model", "user", "key", "bot")
    asked = [(by, Scope(organization_id=whose)) for by in kinds for whose in (acme, None)]
    window = window_named("365d", NOW)
    async with database.begin() as tx:
        open_months = [
            await analytics.breakdown(tx, by=by, scope=scope, window=window) for by, scope in asked
        ]
        while await rollups.close(tx, now=NOW):
            pass
        for (by, scope), before in zip(asked, open_months, strict=True):
            assert await analytics.breakdown(tx, by=by, scope=scope, window=window) == before
            assert (await analytics.totals(tx, scope=scope, window=window)).requests == 90
            assert sum(part.totals.requests for part in before.parts) == 90


async def test_the_window_before_stands_beside(database: Database, acme: UUID) -> None:
    window = Window(NOON, NOON + HOUR, HOUR / 60)
    async with database.begin() as tx:
        found = await analytics.overview(tx, scope=Scope(organization_id=acme), window=window)
    assert (found.totals.requests, found.before.requests) == (1, 59)


def test_a_window_must_end_after_it_begins() -> None:
    with pytest.raises(Invalid):
        window_between(NOON, NOON)


def test_long_windows_are_cut_to_whole_days() -> None:
    window = window_named("30d", NOW)
    assert (window.since.hour, len(window.points())) == (0, 31)
