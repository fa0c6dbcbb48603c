"""Contractors see the organizations they are assigned to, and nothing else of the house."""

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from api.openapi import doors
from db import users
from db.engine import Database
from domain.ids import show
from tests.api.conftest import World, signed_in
from tests.api.test_permissions import ask


async def conrad_id(database: Database) -> str:
    async with database.begin() as tx:
        known = await users.find_credentials(tx, email="conrad@example.com")
    assert known is not None
    return show("usr", known.user.id)


async def assigned(app: FastAPI, world: World) -> httpx.AsyncClient:
    """Conrad's browser, after Stella has assigned him to Acme."""
    stella = await signed_in(app, "stella")
    path = f"{world.acme_path}/contractors/{await conrad_id(app.state.database)}"
    assert (await stella.put(path)).status_code == 204
    assert (await stella.put(path)).status_code == 204
    return await signed_in(app, "conrad")


async def test_without_an_assignment_a_contractor_finds_no_organization(app: FastAPI, world: World) -> None:
    conrad = await signed_in(app, "conrad")
    assert (await conrad.get("/v1/organizations")).json()["items"] == []
    assert (await conrad.get(world.acme_path)).status_code == 404


async def test_an_assigned_contractor_finds_that_organization_only(app: FastAPI, world: World) -> None:
    conrad = await assigned(app, world)
    found = (await conrad.get("/v1/organizations")).json()["items"]
    assert [organization["name"] for organization in found] == ["Acme"]
    other = f"/v1/organizations/{show('org', world.other)}"
    for path in ("", "/members", "/projects", "/wallet", "/statement"):
        assert (await conrad.get(world.acme_path + path)).status_code == 200, path
        assert (await conrad.get(other + path)).status_code == 404, path


async def test_the_end_of_an_assignment_holds_at_the_next_request(app: FastAPI, world: World) -> None:
    conrad = await assigned(app, world)
    stella = await signed_in(app, "stella")
    path = f"{world.acme_path}/contractors/{await conrad_id(app.state.database)}"
    assert (await stella.delete(path)).status_code == 204
    assert (await conrad.get(world.acme_path)).status_code == 404
    assert (await stella.delete(path)).status_code == 404


async def test_a_contractor_is_not_shown_sums_over_all_clients(app: FastAPI, world: World) -> None:
    conrad = await assigned(app, world)
    refused = await conrad.get("/v1/analytics/overview")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    own = {"organization_id": show("org", world.acme)}
    assert (await conrad.get("/v1/analytics/overview", params=own)).status_code == 200


async def test_no_door_that_a_contractor_may_open_breaks(app: FastAPI, world: World) -> None:
    conrad = await assigned(app, world)
    opened = (await conrad.get("/v1/sessions/current")).json()["permissions"]
    for door in doors(app):
        if door.method == "GET" and door.permissions and set(door.permissions) <= set(opened):
            assert await ask(conrad, door, world) < 500, door


async def test_only_contractors_are_assigned_and_only_by_staff(app: FastAPI, world: World) -> None:
    stella, alice = await signed_in(app, "stella"), await signed_in(app, "alice")
    me = (await alice.get("/v1/sessions/current")).json()["user_id"]
    refused = await stella.put(f"{world.acme_path}/contractors/{me}")
    assert "only contractors" in refused.json()["detail"]
    assert (await alice.put(f"{world.acme_path}/contractors/{me}")).status_code == 403


async def test_every_assignment_is_in_the_audit_log(app: FastAPI, world: World) -> None:
    await assigned(app, world)
    stella = await signed_in(app, "stella")
    found = (await stella.get("/v1/audit", params={"action": "assignment.create"})).json()["items"]
    assert [entry["actor"]["name"] for entry in found] == ["stella@example.com"]


async def test_a_contractors_query_without_a_filter_finds_the_assigned_only(
    app: FastAPI, world: World, database: Database
) -> None:
    async with database.assigned([world.acme]) as tx:
        for table in ("organizations", "wallets", "billing_profiles"):
            assert (await tx.execute(text(f"select count(*) from {table}"))).scalar_one() == 1
    async with database.assigned([]) as tx:
        assert (await tx.execute(text("select count(*) from organizations"))).scalar_one() == 0
