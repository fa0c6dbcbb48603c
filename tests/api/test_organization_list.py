"""The list of organizations: its orders and filters, and pages that go on behind the last row seen."""

from datetime import UTC, datetime
from itertools import pairwise

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db import account_sums
from db.engine import Database
from domain.ids import read
from tests.api.conftest import World, with_key

NEW = {
    "billing_email": "b@x.example",
    "currency": "USD",
    "time_zone": "UTC",
    "country": "US",
    "billing_mode": "prepaid",
}
PLANS = ("free", "pro", "enterprise", "lite", "pro", "max")
SORTS = ("created", "name", "credits", "spend", "month", "owed", "plan")


@pytest.fixture
async def several(staff_key: httpx.AsyncClient, database: Database) -> list[str]:
    """Six organizations; two of them hold the same, spend the same and share a plan."""
    made = []
    for number, plan in enumerate(PLANS):
        body = {**NEW, "name": f"Client {'ABCDEF'[number]}", "plan": plan}
        made.append((await staff_key.post("/v1/organizations", json=body)).json()["id"])
    async with database.begin() as tx:
        for number, shown in enumerate(made):
            facts = {"id": read("org", shown), "amount": number // 2 * 10**9}
            await tx.execute(
                text("update wallets set balance_nanos = :amount where organization_id = :id"), facts
            )
            await tx.execute(
                text(_SPENT), {**facts, "hour": datetime.now(UTC).replace(minute=0, second=0, microsecond=0)}
            )
        await account_sums.count(tx, now=datetime.now(UTC))
    return made


_SPENT = """insert into usage_by_hour (organization_id, hour, requests, errors, input_tokens, output_tokens,
  cached_input_tokens, amount_nanos, cost_nanos, duration_ms, timed) values (:id, :hour, 1, 0, 0, 0, 0, :amount, 0, 0, 0)"""


async def walked(client: httpx.AsyncClient, limit: int, **asked: str) -> list[dict[str, str]]:
    """Every row, page by page."""
    found: list[dict[str, str]] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await client.get("/v1/organizations", params={"limit": limit, **asked, **more})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_pages_of_every_order_show_each_organization_once(
    staff_key: httpx.AsyncClient, several: list[str]
) -> None:
    for sort in SORTS:
        whole = [item["id"] for item in await walked(staff_key, 500, sort=sort)]
        assert sorted(whole) == sorted(several)
        assert [item["id"] for item in await walked(staff_key, 2, sort=sort)] == whole
        turned = "desc" if sort == "name" else "asc"
        assert [item["id"] for item in await walked(staff_key, 4, sort=sort, direction=turned)] == whole[::-1]


async def test_the_orders_are_by_what_is_shown(staff_key: httpx.AsyncClient, several: list[str]) -> None:
    for sort, shown in (("credits", "credits"), ("spend", "spent_30_days"), ("month", "spent_this_month")):
        amounts = [float(item[shown]) for item in await walked(staff_key, 4, sort=sort)]
        assert amounts == sorted(amounts, reverse=True)
        assert amounts[0] == 2
    plans = [item["plan"] for item in await walked(staff_key, 4, sort="plan")]
    assert plans == ["enterprise", "max", "pro", "pro", "lite", "free"]


async def test_what_changes_between_two_pages_is_neither_skipped_nor_shown_twice(
    staff_key: httpx.AsyncClient, several: list[str], database: Database
) -> None:
    first = (await staff_key.get("/v1/organizations", params={"limit": 3, "sort": "name"})).json()
    await staff_key.post("/v1/organizations", json={**NEW, "name": "Client AA"})
    await staff_key.patch(f"/v1/organizations/{several[0]}", json={"name": "Client Z"})
    params = {"limit": 50, "sort": "name", "cursor": first["next_cursor"]}
    rest = (await staff_key.get("/v1/organizations", params=params)).json()
    names = [item["name"] for item in rest["items"]]
    assert names == ["Client D", "Client E", "Client F", "Client Z"]
    assert all(one <= other for one, other in pairwise(names))


async def test_filters_leave_what_they_name(staff_key: httpx.AsyncClient, several: list[str]) -> None:
    await staff_key.post(f"/v1/organizations/{several[0]}/suspend", json={"reason": "unpaid"})
    for name, value, count in (
        ("plan", "pro", 2),
        ("kind", "personal", 0),
        ("state", "suspended", 1),
        ("currency", "eur", 0),
    ):
        assert len(await walked(staff_key, 50, **{name: value})) == count


async def test_a_cursor_of_another_list_is_refused(staff_key: httpx.AsyncClient) -> None:
    for cursor in ("e30", "Y3JlYXRlZDpkZXNjOnh4OjA", "c3BlbmQ6ZGVzYzphYTo5OTk5OTk5OTk5OTk5OTk5OTk5OQ"):
        for sort in SORTS:
            answer = await staff_key.get("/v1/organizations", params={"cursor": cursor, "sort": sort})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_client_sees_its_own_and_a_narrow_key_no_figures(
    app: FastAPI, world: World, bob: httpx.AsyncClient
) -> None:
    assert [item["credits"] for item in await walked(bob, 50, sort="credits")] == ["0.00"]
    key = await with_key(app, "organizations:read", organization_id=world.acme)
    assert [item["credits"] for item in await walked(key, 50)] == [None]
    refused = await key.get("/v1/organizations", params={"sort": "credits"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "wallet:read")


async def test_only_staff_give_a_plan(
    alice: httpx.AsyncClient, staff_key: httpx.AsyncClient, world: World
) -> None:
    assert (await alice.patch(world.acme_path, json={"plan": "max"})).status_code == 403
    assert (await staff_key.patch(world.acme_path, json={"plan": "max"})).json()["plan"] == "max"
