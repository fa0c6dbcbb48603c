"""A session that goes on under a new token, when the answer that carried it got lost: who clicked twice stays in."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from fastapi import FastAPI

from api.cookies import SESSION_COOKIE
from db import users
from db.engine import Database
from domain.ids import read, show
from tests.api.conftest import NOW, World, browser, person, signed_in
from tests.api.test_invites import Mailroom, invited

CURRENT = "/v1/sessions/current"
SWITCH = f"{CURRENT}/organization"


@pytest.fixture
async def bob(app: FastAPI, world: World, database: Database) -> httpx.AsyncClient:
    """Bob, a member of Acme, who is also a viewer of Charlie's organization."""
    client = await signed_in(app, "bob")
    someone = read("usr", await person(client))
    async with database.begin() as tx:
        await users.insert_membership(
            tx, organization_id=world.other, user_id=someone, role="viewer", now=NOW
        )
    return client


@pytest.fixture
def mailroom(app: FastAPI, database: Database) -> Mailroom:
    return Mailroom(app, database)


def copied(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same browser before it heard the next answer."""
    copy = browser(app, **{"X-CSRF-Token": client.headers["X-CSRF-Token"]})
    copy.cookies.update(client.cookies)
    return copy


def to(world: World) -> dict[str, str]:
    return {"organization_id": show("org", world.other)}


async def test_a_switch_sent_again_with_the_old_cookie_hands_over_the_same_session(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    again = copied(app, bob)
    answers = [await client.post(SWITCH, json=to(world)) for client in (bob, again)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["csrf_token"] == answers[1].json()["csrf_token"]
    assert again.cookies[SESSION_COOKIE] == bob.cookies[SESSION_COOKIE]
    assert (await again.get(CURRENT)).json()["organization_id"] == to(world)["organization_id"]


async def test_two_switches_at_once_hand_over_the_same_session(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    twins = [bob, copied(app, bob)]
    answers = await asyncio.gather(*(twin.post(SWITCH, json=to(world)) for twin in twins))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert twins[0].cookies[SESSION_COOKIE] == twins[1].cookies[SESSION_COOKIE]


@pytest.mark.parametrize("path", ["/account/organizations", "/portal/organization"])
async def test_a_form_that_switches_may_be_sent_twice(
    app: FastAPI, bob: httpx.AsyncClient, world: World, path: str
) -> None:
    again, old = copied(app, bob), {"csrf_token": bob.headers.pop("X-CSRF-Token")}
    del again.headers["X-CSRF-Token"]
    for client in (bob, again):
        answer = await client.post(path, data=to(world) | old)
        assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    assert (await again.get("/portal")).status_code == 200
    assert again.cookies[SESSION_COOKIE] == bob.cookies[SESSION_COOKIE]


@pytest.mark.parametrize("path", ["/v1/invites/accept", "/invite/{token}/join"])
async def test_who_joins_twice_is_answered_alike_and_stays_signed_in(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, path: str
) -> None:
    token = await mailroom.token(await invited(alice, world, "charlie@example.com"))
    charlie = await signed_in(app, "charlie")
    again = copied(app, charlie)
    path, body = path.format(token=token), {"token": token}
    first, second = [await client.post(path, json=body) for client in (charlie, again)]
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert first.headers.get("location") == second.headers.get("location")
    assert (await again.get(CURRENT)).json()["organization_id"] == show("org", world.acme)
    assert again.cookies[SESSION_COOKIE] == charlie.cookies[SESSION_COOKIE]


async def test_the_old_cookie_opens_no_other_door_and_none_without_its_csrf_token(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    stolen = copied(app, bob)
    await bob.post(SWITCH, json=to(world))
    assert (await stolen.get(CURRENT)).status_code == 401
    assert (await stolen.patch("/v1/account", json={"name": "Mallory"})).status_code == 401
    del stolen.headers["X-CSRF-Token"]
    refused = await stolen.post(SWITCH, json=to(world))
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    stolen.headers["X-CSRF-Token"] = (await bob.get(CURRENT)).json()["csrf_token"]
    assert (await stolen.post(SWITCH, json=to(world))).json()["code"] == "csrf"


async def test_the_old_cookie_opens_nothing_seconds_later_or_once_the_session_has_ended(
    app: FastAPI, bob: httpx.AsyncClient, world: World
) -> None:
    stolen = copied(app, bob)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        csrf = (await bob.post(SWITCH, json=to(world))).json()["csrf_token"]
        clock.shift(timedelta(seconds=9))
        assert (await copied(app, stolen).post(SWITCH, json=to(world))).status_code == 200
        clock.shift(timedelta(seconds=61))
        assert (await bob.get(CURRENT)).status_code == 200
        assert (await stolen.post(SWITCH, json=to(world))).status_code == 401
        back = {"organization_id": show("org", world.acme)}
        bob.headers["X-CSRF-Token"] = csrf
        left = copied(app, bob)
        bob.headers["X-CSRF-Token"] = (await bob.post(SWITCH, json=back)).json()["csrf_token"]
        assert (await bob.delete(CURRENT)).status_code == 204
        assert (await left.post(SWITCH, json=back)).status_code == 401
