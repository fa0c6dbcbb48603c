"""Somebody in several organizations speaks for one at a time, and comes back to the last one chosen."""

import httpx
import pytest
from fastapi import FastAPI

from db import users
from db.engine import Database
from domain.ids import read, show
from tests.api.conftest import NOW, World, browser, signed_in


@pytest.fixture
async def bob(app: FastAPI, world: World, database: Database) -> httpx.AsyncClient:
    """Bob, a member of Acme, who is also a viewer of Charlie's organization."""
    client = await signed_in(app, "bob")
    person = read("usr", (await client.get("/v1/sessions/current")).json()["user_id"])
    async with database.begin() as tx:
        await users.insert_membership(tx, organization_id=world.other, user_id=person, role="viewer", now=NOW)
    return client


async def test_the_next_session_begins_with_the_organization_chosen_last(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    other = show("org", world.other)
    switched = await bob.post("/v1/sessions/current/organization", json={"organization_id": other})
    assert (switched.json()["organization_id"], switched.json()["role"]) == (other, "viewer")
    assert (await bob.get(world.acme_path)).status_code == 404
    again = await signed_in(app, "bob")
    assert (await again.get("/v1/sessions/current")).json()["organization_id"] == other


async def test_the_session_goes_on_under_a_new_token(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    stolen = browser(app)
    stolen.cookies.update(bob.cookies)
    body = {"organization_id": show("org", world.other)}
    switched = await bob.post("/v1/sessions/current/organization", json=body)
    assert (await stolen.get("/v1/sessions/current")).status_code == 401
    assert (await bob.get("/v1/sessions/current")).json()["csrf_token"] == switched.json()["csrf_token"]
    assert (await bob.patch("/v1/account", json={"name": "Bob"})).json()["code"] == "csrf"


async def test_a_switch_is_written_down_in_the_organization_it_leads_to(
    bob: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    await bob.post("/v1/sessions/current/organization", json={"organization_id": show("org", world.other)})
    entries = (await charlie.get("/v1/audit")).json()["items"]
    assert [entry["actor"]["name"] for entry in entries if entry["action"] == "session.switch"] == [
        "bob@example.com"
    ]


async def test_the_portals_bar_offers_every_organization_with_the_role(
    bob: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    page = (await bob.get("/portal/projects")).text
    assert page.count('action="/portal/organization"') == 2
    assert "<small>viewer</small>" in page
    assert 'action="/portal/organization"' not in (await charlie.get("/portal/projects")).text
