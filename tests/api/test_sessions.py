import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from db import users
from db.engine import Database
from tests.api.conftest import PASSWORD, World, browser, signed_in


async def attempt(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("/v1/sessions", json={"email": email, "password": password})


async def test_signing_in_hands_out_a_cookie_that_scripts_cannot_read(
    nobody: httpx.AsyncClient, world: World
) -> None:
    answer = await attempt(nobody, "Alice@Example.com ", PASSWORD)
    assert answer.status_code == 201
    assert answer.json()["role"] == "owner"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_wrong_password_and_unknown_account_answer_alike(
    nobody: httpx.AsyncClient, world: World
) -> None:
    wrong = (await attempt(nobody, "alice@example.com", "wrong")).json()
    unknown = (await attempt(nobody, "nobody@example.com", "wrong")).json()
    assert (wrong["status"], wrong["detail"]) == (unknown["status"], unknown["detail"])
    assert wrong["status"] == 401


async def test_a_change_by_session_needs_its_own_token(alice: httpx.AsyncClient, world: World) -> None:
    del alice.headers["X-CSRF-Token"]
    answer = await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def test_signing_out_ends_the_session(alice: httpx.AsyncClient) -> None:
    cookie = dict(alice.cookies)
    assert (await alice.delete("/v1/sessions/current")).status_code == 204
    alice.cookies.update(cookie)
    assert (await alice.get("/v1/sessions/current")).status_code == 401


async def test_sessions_are_listed_and_another_browser_can_be_signed_out(
    app: FastAPI, alice: httpx.AsyncClient
) -> None:
    elsewhere = await signed_in(app, "alice")
    items = (await alice.get("/v1/sessions")).json()["items"]
    other = next(item["id"] for item in items if not item["current"])
    assert (await alice.delete(f"/v1/sessions/{other}")).status_code == 204
    assert (await elsewhere.get("/v1/sessions/current")).status_code == 401
    assert (await alice.get("/v1/sessions/current")).status_code == 200


async def test_nobody_ends_another_persons_session(alice: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    session = (await alice.get("/v1/sessions")).json()["items"][0]["id"]
    assert (await bob.delete(f"/v1/sessions/{session}")).status_code == 404


async def test_one_cannot_switch_to_an_organization_one_does_not_belong_to(
    charlie: httpx.AsyncClient, world: World
) -> None:
    acme = world.acme_path.rsplit("/", 1)[1]
    answer = await charlie.post("/v1/sessions/current/organization", json={"organization_id": acme})
    assert answer.status_code == 404


async def test_a_key_has_no_session(app: FastAPI, staff_key: httpx.AsyncClient) -> None:
    assert (await staff_key.get("/v1/sessions/current")).status_code == 403
    assert (await browser(app).get("/v1/sessions/current")).status_code == 401


async def test_a_disabled_account_answers_like_a_wrong_password(
    nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update users set disabled_at = now() where email = 'alice@example.com'"))
    right = (await attempt(nobody, "alice@example.com", PASSWORD)).json()
    wrong = (await attempt(nobody, "alice@example.com", "wrong")).json()
    assert (right["status"], right["detail"]) == (401, wrong["detail"])


async def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(
    nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    async with database.begin() as tx:
        await tx.execute(text("update users set password_hash = :weak"), {"weak": weak})
    assert (await attempt(nobody, "alice@example.com", PASSWORD)).status_code == 201
    async with database.begin() as tx:
        kept = await users.find_credentials(tx, email="alice@example.com")
    assert kept is not None
    assert "m=19456,t=2,p=1" in str(kept.password_hash)
    assert (await attempt(nobody, "alice@example.com", PASSWORD)).status_code == 201


async def test_a_session_that_was_idle_for_half_a_day_opens_nothing_and_is_not_listed(
    app: FastAPI, alice: httpx.AsyncClient, database: Database
) -> None:
    elsewhere = await signed_in(app, "alice")
    idle = (await elsewhere.get("/v1/sessions")).json()["items"][0]["id"]
    assert len((await alice.get("/v1/sessions")).json()["items"]) == 2
    async with database.begin() as tx:
        await tx.execute(
            text(
                "update sessions set seen_at = now() - interval '12 hours' where encode(token_hash, 'hex') like :it"
            ),
            {"it": f"{idle.removeprefix('ses_')}%"},
        )
    listed = (await alice.get("/v1/sessions")).json()["items"]
    assert [item["current"] for item in listed] == [True]
    refused = await elsewhere.get("/v1/sessions/current")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert (await alice.delete(f"/v1/sessions/{idle}")).status_code == 404
