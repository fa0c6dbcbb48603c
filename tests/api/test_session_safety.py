"""Cookies and sessions: bound to this host, dead once revoked, and not usable from other sites."""

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings
from tests.api.conftest import PASSWORD, World, browser, signed_in
from tests.api.letters import subjects_to

ALICE = "alice@example.com"
WHO = {"email": ALICE, "password": PASSWORD}
NEW = "seven lamps on the quay"


def thief_of(app: FastAPI, victim: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who has copied the cookies, and the CSRF token with them."""
    thief = browser(app, **{"X-CSRF-Token": victim.headers["X-CSRF-Token"]})
    thief.cookies.update(dict(victim.cookies))
    return thief


async def test_over_https_the_cookie_is_bound_to_this_very_host(world: World, database: Database) -> None:
    told = {"BACKOFFICE_PUBLIC_URL": "https://app.example", "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    app = create_app(Settings.read(told), database=database)
    async with app.router.lifespan_context(app):
        answer = await browser(app).post("/v1/sessions", json=WHO)
    cookie = next(text for text in answer.headers.get_list("set-cookie") if "session" in text)
    assert cookie.startswith("__Host-backoffice_session=")
    facts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"path=/", "secure", "httponly", "samesite=lax"} <= facts
    assert not any(fact.startswith("domain") for fact in facts)


async def test_a_stolen_cookie_dies_with_the_session_at_the_next_request(
    app: FastAPI, alice: httpx.AsyncClient
) -> None:
    thief, lost = thief_of(app, alice), await signed_in(app, "alice")
    assert (await thief.get("/v1/sessions/current")).status_code == 200
    assert (await lost.delete("/v1/sessions")).status_code == 204
    assert (await thief.get("/v1/sessions/current")).status_code == 401
    assert (await lost.get("/v1/sessions/current")).status_code == 200


async def test_signing_in_again_gives_another_token_and_ends_the_browsers_old_session(
    app: FastAPI, alice: httpx.AsyncClient
) -> None:
    thief = thief_of(app, alice)
    assert (await alice.post("/v1/sessions", json=WHO)).status_code == 201
    assert (await thief.get("/v1/sessions/current")).status_code == 401


async def test_choosing_the_organization_one_works_in_keeps_the_session(
    alice: httpx.AsyncClient, world: World
) -> None:
    acme, token = world.acme_path.rsplit("/", 1)[1], alice.cookies["backoffice_session"]
    assert (await alice.post("/v1/sessions/current/organization", json={"organization_id": acme})).is_success
    assert alice.cookies["backoffice_session"] == token


@pytest.mark.parametrize(
    "began",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=["cross-site", "same-site", "foreign-origin", "no-origin"],
)
async def test_a_change_that_another_site_sends_is_refused_even_with_the_token(
    app: FastAPI, alice: httpx.AsyncClient, world: World, began: dict[str, str]
) -> None:
    answer = await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"}, headers=began)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert (await browser(app).post("/v1/sessions", json=WHO, headers=began)).status_code == 403
    assert (await alice.get("/v1/sessions/current", headers=began)).status_code == 200


@pytest.mark.parametrize(
    "began", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://test"}], ids=["site", "origin"]
)
async def test_our_own_pages_may_change_things(
    alice: httpx.AsyncClient, world: World, began: dict[str, str]
) -> None:
    answer = await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"}, headers=began)
    assert answer.status_code == 201


async def test_the_second_browser_is_told_of_and_the_first_is_not(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    assert await subjects_to(app, ALICE) == []
    await signed_in(app, "alice")
    assert await subjects_to(app, ALICE) == ["New sign-in to your account"]
    await alice.post("/v1/sessions", json=WHO)
    assert len(await subjects_to(app, ALICE)) == 1


async def test_sessions_are_listed_with_their_browser_in_plain_words(app: FastAPI, world: World) -> None:
    firefox = browser(app, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0"})
    await firefox.post("/v1/sessions", json=WHO)
    shown = (await firefox.get("/v1/sessions")).json()["items"][0]
    assert (shown["device"], shown["ip"], shown["current"]) == ("Firefox on Linux", "127.0.0.1", True)


async def change(client: httpx.AsyncClient, current: str, password: str) -> httpx.Response:
    return await client.post("/v1/account/password", json={"current": current, "password": password})


async def test_a_changed_password_ends_every_other_session_and_renews_this_one(
    app: FastAPI, alice: httpx.AsyncClient
) -> None:
    other, thief = await signed_in(app, "alice"), thief_of(app, alice)
    assert (await change(alice, PASSWORD, NEW)).status_code == 200
    assert (await alice.get("/v1/sessions/current")).status_code == 200
    for gone in (other, thief):
        assert (await gone.get("/v1/sessions/current")).status_code == 401
    assert (await subjects_to(app, ALICE))[0] == "Your password was changed"
    assert (await browser(app).post("/v1/sessions", json={**WHO, "password": NEW})).status_code == 201


async def test_the_present_password_is_asked_for_and_a_poor_one_is_not_taken(
    alice: httpx.AsyncClient,
) -> None:
    assert (await change(alice, "wrong", NEW)).json()["code"] == "wrong_proof"
    assert (await change(alice, PASSWORD, "alice-example-1")).status_code == 422
    assert (await alice.get("/v1/sessions/current")).status_code == 200
