"""Acts that need a fresh proof, and how one gives it."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import text

from api.recent import Recent
from api.routing import new_router
from api.security import Principal, needs
from db.engine import Database
from tests.api.conftest import PASSWORD, World, with_key

DANGER = "/v1/dangerous"


@pytest.fixture
def danger(app: FastAPI) -> None:
    """A door that needs a fresh proof."""
    router = new_router(tag="test")

    @router.post(DANGER, dependencies=[Recent])
    async def act(person: Annotated[Principal, Depends(needs("usage:read"))]) -> str:
        return person.name

    app.include_router(router)


async def grow_old(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update sessions set proved_at = now() - interval '16 minutes'"))


async def confirm(client: httpx.AsyncClient, **proof: str) -> httpx.Response:
    answer = await client.post("/v1/sessions/current/confirm", json=proof)
    if answer.is_success:
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


async def test_a_fresh_session_may_act_at_once_and_an_old_one_is_asked_again(
    alice: httpx.AsyncClient, database: Database, danger: None
) -> None:
    assert (await alice.post(DANGER)).status_code == 200
    await grow_old(database)
    refused = await alice.post(DANGER)
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthenticate")
    assert (await confirm(alice, password=PASSWORD)).status_code == 200
    assert (await alice.post(DANGER)).status_code == 200


async def test_confirming_gives_the_session_a_new_token_and_the_old_one_opens_nothing(
    alice: httpx.AsyncClient, app: FastAPI
) -> None:
    stolen = dict(alice.cookies)
    assert (await confirm(alice, password=PASSWORD)).status_code == 200
    assert alice.cookies["backoffice_session"] != stolen["backoffice_session"]
    async with httpx.AsyncClient(transport=alice._transport, base_url="http://test", cookies=stolen) as thief:
        assert (await thief.get("/v1/sessions/current")).status_code == 401
    assert (await alice.get("/v1/sessions/current")).status_code == 200


async def test_a_wrong_password_confirms_nothing_and_guessing_is_slowed_down(
    alice: httpx.AsyncClient, database: Database, danger: None
) -> None:
    await grow_old(database)
    statuses = [(await confirm(alice, password="wrong")).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert (await confirm(alice, password=PASSWORD)).status_code == 429
    assert (await alice.post(DANGER)).status_code == 403


async def test_a_key_is_not_asked_for_a_password(app: FastAPI, world: World, danger: None) -> None:
    key = await with_key(app, "usage:read", organization_id=world.acme)
    assert (await key.post(DANGER)).status_code == 200


async def test_a_colleague_is_invited_and_invited_anew_with_a_fresh_proof_only(
    app: FastAPI, stella: httpx.AsyncClient, database: Database
) -> None:
    body = {"email": "erin@example.com", "role": "admin"}
    made = (await stella.post("/v1/staff/invites", json=body)).json()
    await grow_old(database)
    pages = "/console/staff/invites"
    for path in ("/v1/staff/invites", f"/v1/invites/{made['id']}/resend"):
        assert (await stella.post(path, json=body)).json()["code"] == "reauthenticate", path
    for path in (pages, f"{pages}/{made['id']}/resend"):
        answer = await stella.post(path, data=body)
        assert "/sign-in/confirm" in answer.headers["location"], path
    async with database.begin() as tx:
        assert (await tx.execute(text("select count(*) from invites"))).scalar_one() == 1


async def test_a_client_is_invited_without_a_fresh_proof(
    alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    await grow_old(database)
    body = {"email": "erin@example.com", "role": "member"}
    made = await alice.post(f"{world.acme_path}/invites", json=body)
    assert made.status_code == 201
    assert (await alice.post(f"/v1/invites/{made.json()['id']}/resend")).status_code == 200
