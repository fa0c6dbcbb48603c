"""Questions that are kept until somebody answers them: so many and no more, and none of them for long."""

from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from activities.housekeeping import Day, HousekeepingSteps
from db.engine import Database
from domain.guessing import OWN_QUESTIONS, QUESTIONS, Patience
from tests.api.conftest import PASSWORD, World, browser, signed_in
from tests.api.passkeys import added, signing_in
from tests.api.sign_on import leave, proven
from tests.monthend import one

ASK = "/v1/sessions/passkey/options"
FEW = Patience(free=3, forgotten_after=timedelta(minutes=15))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience ends soon; its shape is that of the real one."""
    assert QUESTIONS.free > OWN_QUESTIONS.free > FEW.free
    monkeypatch.setattr("api.guessing.QUESTIONS", FEW)
    monkeypatch.setattr("api.guessing.OWN_QUESTIONS", FEW)


async def statuses(client: httpx.AsyncClient, path: str, *, times: int = 5) -> list[int]:
    return [(await client.post(path, json={})).status_code for _ in range(times)]


def elsewhere(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_one_network_has_so_many_questions_and_the_next_has_its_own(
    app: FastAPI, database: Database
) -> None:
    flood = elsewhere(app, "192.0.2.7")
    assert await statuses(flood, ASK) == [200, 200, 200, 429, 429]
    answer = await flood.post(ASK, json={})
    assert (answer.json()["code"], int(answer.headers["Retry-After"]) > 0) == ("too_many_attempts", True)
    assert await one(database, "select count(*) from passkey_challenges") == 3
    assert (await elsewhere(app, "192.0.2.8").post(ASK, json={})).status_code == 200


@pytest.mark.parametrize("path", ["/v1/passkeys/options", "/v1/sessions/current/passkey/options"])
async def test_who_is_signed_in_has_so_many_questions_wherever_they_are(
    world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient, path: str
) -> None:
    assert await statuses(alice, path) == [200, 200, 200, 429, 429]
    assert (await bob.post(path, json={})).status_code == 200


async def test_who_answers_is_asked_as_often_as_they_like(app: FastAPI, alice: httpx.AsyncClient) -> None:
    alice.headers["Host"] = "localhost"
    device, _ = await added(alice)
    for _ in range(6):
        assert (await signing_in(browser(app, Host="localhost"), device)).status_code == 201


async def test_a_right_password_alone_asks_for_the_second_factor_so_often_from_one_network(
    app: FastAPI, alice: httpx.AsyncClient, database: Database
) -> None:
    phone = pyotp.TOTP((await alice.post("/v1/account/authenticator")).json()["secret"])
    await alice.post("/v1/account/authenticator/confirm", json={"code": phone.now()})
    body = {"email": "alice@example.com", "password": PASSWORD}
    thief, owner = elsewhere(app, "192.0.2.7"), elsewhere(app, "192.0.2.8")
    got = [await thief.post("/v1/sessions", json=body) for _ in range(5)]
    assert [answer.status_code for answer in got] == [202, 202, 202, 429, 429]
    assert "Retry-After" in got[-1].headers
    assert await one(database, "select count(*) from sign_in_challenges") == 3
    assert (await owner.post("/v1/sessions", json=body)).status_code == 202


async def test_leaving_for_a_provider_is_bounded_too(app: FastAPI, world: World, database: Database) -> None:
    await proven(database, world.acme, "example.com")
    async with database.begin() as tx:
        await tx.execute(
            text("""insert into identity_providers (organization_id, id, issuer, client_id, sealed_secret,
                authorization_endpoint, token_endpoint, keys_endpoint, secret_in_body, names_issuer, default_role,
                created_at, updated_at)
              values (:acme, uuidv7(), 'https://login.acme.example', 'us', '', 'https://login.acme.example/a',
                'https://login.acme.example/t', 'https://login.acme.example/k', false, false, 'member', now(), now())"""),
            {"acme": world.acme},
        )
    visitor = browser(app)
    led = [bool(await leave(visitor, "alice@example.com")) for _ in range(5)]
    assert led == [True, True, True, False, False]


async def test_what_nobody_answered_in_time_is_gone_by_the_next_day(
    app: FastAPI, alice: httpx.AsyncClient, database: Database
) -> None:
    await statuses(browser(app), ASK, times=2)
    await alice.post("/v1/passkeys/options", json={})
    await HousekeepingSteps(database).forget_old_traces(Day(at=datetime.now(UTC) + timedelta(minutes=6)))
    assert await one(database, "select count(*) from passkey_challenges") == 0


async def test_a_program_without_cookies_is_told_of_once_a_day(
    app: FastAPI, world: World, database: Database
) -> None:
    await signed_in(app, "alice")
    for _ in range(4):
        await signed_in(app, "alice")
    written = "select count(*) from mails where subject = 'New sign-in to your account'"
    assert await one(database, written) == 1
    other = elsewhere(app, "192.0.2.9")
    body = {"email": "alice@example.com", "password": PASSWORD}
    assert (await other.post("/v1/sessions", json=body)).status_code == 201
    assert await one(database, written) == 2
