"""Dashboards at the doors: clients see their own figures without the provider's cost, staff see all."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from activities.prices import publish
from activities.rollups import RollupPump
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import show
from tests.api.conftest import World
from tests.usage import Use, a_price, report


@pytest.fixture(autouse=True)
async def usage(database: Database, database_url: str, world: World) -> None:
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
    now = datetime.now(UTC) - timedelta(minutes=1)
    await report(database_url, *[_use(number, world, now) for number in range(4)], now=now)
    await RollupPump(database).run_once()


def _use(number: int, world: World, now: datetime) -> Use:
    organization = world.acme if number else world.other
    return Use(id=f"r{number}", organization_id=organization, occurred_at=now, end_user="Zoë", bot_id="b")


@pytest.mark.parametrize("window", ["1h", "30d"])
async def test_a_client_sees_its_own_totals(alice: httpx.AsyncClient, window: str) -> None:
    shown = (await alice.get("/v1/analytics/overview", params={"window": window})).json()
    assert (shown["totals"]["requests"], shown["totals"]["provider_cost"]) == (3, None)
    assert shown["totals"]["cost"] == [{"currency": "USD", "amount": "0.0225"}]
    assert {"from", "to", "step_seconds"} <= shown.keys()


async def test_staff_see_the_platform_or_one_organization(staff_key: httpx.AsyncClient, world: World) -> None:
    queries: list[dict[str, str]] = [{}, {"organization_id": show("org", world.other)}]
    found = [
        (await staff_key.get("/v1/analytics/overview", params=query)).json()["totals"] for query in queries
    ]
    assert [totals["requests"] for totals in found] == [4, 1]
    assert found[0]["provider_cost"] == "0.03"


@pytest.mark.parametrize(("path", "key"), [("users", "Zoë"), ("bots", "b"), ("models", "openai/gpt-4o")])
async def test_breakdowns_name_their_parts(alice: httpx.AsyncClient, path: str, key: str) -> None:
    (part,) = (await alice.get(f"/v1/analytics/{path}")).json()["items"]
    assert (part["key"], part["requests"], part["share"]) == (key, 3, 1.0)


async def test_series_reach_to_now(alice: httpx.AsyncClient) -> None:
    points = (await alice.get("/v1/analytics/series", params={"window": "7d"})).json()["points"]
    assert sum(point["requests"] for point in points[-2:]) == 3


async def test_models_and_users_over_time(alice: httpx.AsyncClient) -> None:
    (model,) = (await alice.get("/v1/analytics/models/series", params={"model": "openai/gpt-4o"})).json()
    assert sum(point["requests"] for point in model["points"]) == 3
    users = (await alice.get("/v1/analytics/users/series", params={"window": "7d"})).json()
    assert sum(point["active"] for point in users[-2:]) == 1


@pytest.mark.parametrize("query", [{"window": "2d"}, {"to": "2026-01-01T00:00:00Z"}, {"from": "2027-01-01"}])
async def test_a_window_that_cannot_be_is_refused(alice: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await alice.get("/v1/analytics/overview", params=query)).status_code == 422


async def test_another_organizations_figures_do_not_exist(alice: httpx.AsyncClient, world: World) -> None:
    query = {"organization_id": show("org", world.other)}
    assert (await alice.get("/v1/analytics/overview", params=query)).status_code == 404
