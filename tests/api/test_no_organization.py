"""Bob, taken out of his only organization, has his own account and nothing else; an invitation brings him back.

Alice owns Acme, Bob was a member, Charlie is a stranger.
"""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from domain.ids import show
from tests.api.conftest import World, browser, signed_in
from tests.api.sign_on import required
from tests.api.test_invites import Mailroom, accepts, invited, mailroom
from tests.api.test_permissions import REFUSED, statuses

__all__ = ["mailroom"]

# What asks for nothing but the person, and is about an organization all the same.
OF_AN_ORGANIZATION = {"/v1/organizations/{organization_id}/members/leave"}


@pytest.fixture
async def outside(app: FastAPI, world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    """Bob belongs nowhere any more."""
    person = (await bob.get("/v1/sessions/current")).json()["user_id"]
    assert (await alice.delete(f"{world.acme_path}/members/{person}")).status_code == 204
    assert (await bob.get("/v1/sessions/current")).status_code == 401


@pytest.fixture
async def alone(app: FastAPI, outside: None) -> httpx.AsyncClient:
    """Bob, signed in again."""
    return await signed_in(app, "bob")


async def test_who_belongs_nowhere_signs_in_to_their_own_account(alone: httpx.AsyncClient) -> None:
    found = (await alone.get("/v1/sessions/current")).json()
    assert (found["organization_id"], found["role"]) == (None, None)
    assert found["permissions"] == ["sessions:own"]
    assert (await alone.get("/v1/account")).json()["email"] == "bob@example.com"
    assert (await alone.patch("/v1/account", json={"name": "Robert"})).status_code == 200


async def test_an_owner_who_leaves_a_second_one_behind_is_as_much_alone(
    app: FastAPI, world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient, charlie: httpx.AsyncClient
) -> None:
    person = (await bob.get("/v1/sessions/current")).json()["user_id"]
    await alice.patch(f"{world.acme_path}/members/{person}", json={"role": "owner"})
    assert (await alice.post(f"{world.acme_path}/members/leave")).status_code == 204
    again = await signed_in(app, "alice")
    assert (await again.get(f"{world.acme_path}/members")).json()["code"] == "no_organization"
    assert (await again.post(f"{world.acme_path}/members/leave")).json()["code"] == "no_organization"
    assert (await charlie.get("/v1/sessions/current")).json()["role"] == "owner"


async def test_every_door_but_ones_own_is_closed_to_them(
    app: FastAPI, world: World, alone: httpx.AsyncClient
) -> None:
    found = await statuses(app, world, lambda: signed_in(app, "bob"))
    for door, status in found.items():
        own = set(door.permissions) == {"sessions:own"} and door.path not in OF_AN_ORGANIZATION
        assert (status in REFUSED) == (not own), (door, status)


async def test_a_closed_door_says_why_in_plain_words(
    alone: httpx.AsyncClient, world: World, charlie: httpx.AsyncClient
) -> None:
    for path in (world.acme_path, f"{world.acme_path}/members", "/v1/projects", "/v1/organizations"):
        answer = await alone.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "no_organization"), path
        assert "Join an organization by the link of an invitation" in answer.json()["detail"]
    assert (await charlie.get(world.acme_path)).json()["code"] == "not_found"


async def test_what_is_theirs_they_take_along_and_have_erased(alone: httpx.AsyncClient) -> None:
    assert (await alone.post("/v1/me/exports")).status_code == 202
    assert len((await alone.get("/v1/me/exports")).json()["items"]) == 1
    assert (await alone.get("/v1/me/erasure/preview")).status_code == 200
    assert (await alone.post("/v1/me/erasure")).status_code == 202
    assert (await alone.delete("/v1/me/erasure")).json()["state"] == "cancelled"


async def test_invited_again_they_sign_in_by_the_link_and_belong(
    app: FastAPI, world: World, alice: httpx.AsyncClient, outside: None, mailroom: Mailroom
) -> None:
    link = await mailroom.token(await invited(alice, world, "bob@example.com", "viewer"))
    refused = await accepts(browser(app), link, name="Bob", password="seven purple otters juggling")
    assert refused.json()["code"] == "sign_in_first"
    bob = await signed_in(app, "bob")
    joined = await accepts(bob, link)
    assert (joined.status_code, joined.json()["role"]) == (200, "viewer")
    assert (await bob.get(world.acme_path)).status_code == 200
    assert (await bob.get("/v1/sessions/current")).json()["role"] == "viewer"


async def test_where_single_sign_on_is_required_they_join_and_are_shown_that_way_in(
    app: FastAPI,
    world: World,
    alice: httpx.AsyncClient,
    alone: httpx.AsyncClient,
    mailroom: Mailroom,
    database: Database,
) -> None:
    link = await mailroom.token(await invited(alice, world, "bob@example.com"))
    await required(database, world.acme)
    assert (await accepts(alone, link)).json()["role"] == "member"
    assert (await alone.get(world.acme_path)).json()["code"] == "no_organization"
    body = {"organization_id": show("org", world.acme)}
    refused = await alone.post("/v1/sessions/current/organization", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "single_sign_on_required")


async def test_joined_in_another_browser_they_choose_the_organization_in_this_one(
    app: FastAPI, world: World, alice: httpx.AsyncClient, alone: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    link = await mailroom.token(await invited(alice, world, "bob@example.com"))
    assert (await accepts(await signed_in(app, "bob"), link)).status_code == 200
    assert (await alone.get(world.acme_path)).json()["code"] == "no_organization"
    assert "Work here" in (await alone.get("/account/organizations")).text
    for organization, status in ((world.other, 404), (world.acme, 200)):
        body = {"organization_id": show("org", organization)}
        answer = await alone.post("/v1/sessions/current/organization", json=body)
        assert answer.status_code == status
    assert (await alone.get(world.acme_path)).status_code == 200


async def test_a_database_that_is_asked_for_them_shows_no_row(
    world: World, alone: httpx.AsyncClient, database: Database
) -> None:
    async with database.assigned(frozenset()) as tx:
        for table in ("organizations", "projects", "memberships", "invites"):
            assert (await tx.execute(text(f"select count(*) from {table}"))).scalar_one() == 0, table


async def test_the_portal_is_a_plain_page_and_home_leads_to_it(alone: httpx.AsyncClient) -> None:
    home = await alone.get("/", follow_redirects=True)
    assert (home.status_code, home.url.path) == (200, "/account/organizations")
    for path in ("/portal", "/portal/wallet", "/console"):
        answer = await alone.get(path)
        assert answer.status_code == 403, path
        assert "You belong to no organization" in answer.text
        assert "/account/privacy" in answer.text
    assert (await alone.get("/account")).status_code == 200


async def test_a_session_of_an_organization_that_is_gone_ends_and_the_next_one_is_their_own(
    app: FastAPI, world: World, bob: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("delete from memberships where organization_id = :it"), {"it": world.acme})
    assert (await bob.get("/v1/sessions/current")).status_code == 401
    again = await signed_in(app, "bob")
    assert (await again.get("/v1/sessions/current")).json()["permissions"] == ["sessions:own"]
