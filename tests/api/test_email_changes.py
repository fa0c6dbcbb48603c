"""Another e-mail address: confirmed at both, cancelled at either, and telling nobody who has an account."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import email_changes
from db.engine import Database
from tests.api.conftest import PASSWORD
from tests.api.letters import letters_to, subjects_to, token_to

OLD, NEW, BOB = "alice@example.com", "alice.new@example.com", "bob@example.com"
HERE = "/v1/account/email"


async def links(app: FastAPI) -> tuple[str, str]:
    return await token_to(app, OLD, "email_change_asked"), await token_to(app, NEW, "email_confirmation")


async def follow(client: httpx.AsyncClient, token: str, what: str = "confirm") -> httpx.Response:
    return await client.post(f"{HERE}/{what}", json={"token": token})


async def enter(client: httpx.AsyncClient, email: str) -> int:
    return (await client.post("/v1/sessions", json={"email": email, "password": PASSWORD})).status_code


@pytest.mark.parametrize("first", [0, 1], ids=["old-first", "new-first"])
async def test_a_change_is_made_once_both_addresses_have_confirmed(
    app: FastAPI, alice: httpx.AsyncClient, nobody: httpx.AsyncClient, first: int
) -> None:
    assert (await alice.post(HERE, json={"email": NEW})).status_code == 202
    tokens = await links(app)
    assert (await follow(nobody, tokens[first])).json()["state"] == "waiting_for_other_address"
    assert await enter(nobody, NEW) == 401
    assert (await follow(nobody, tokens[1 - first])).json()["state"] == "changed"
    assert (await enter(nobody, OLD), await enter(nobody, NEW)) == (401, 201)
    assert (await alice.get("/v1/sessions/current")).status_code == 401
    for address in (OLD, NEW):
        assert "Your e-mail address was changed" in await subjects_to(app, address)


async def test_one_address_alone_changes_nothing_however_often_it_confirms(
    app: FastAPI, alice: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    await alice.post(HERE, json={"email": NEW})
    _, new = await links(app)
    states = {(await follow(nobody, new)).json()["state"] for _ in range(3)}
    assert states == {"waiting_for_other_address"}
    assert await enter(nobody, OLD) == 201


@pytest.mark.parametrize("side", [0, 1], ids=["old", "new"])
async def test_either_address_cancels(
    app: FastAPI, alice: httpx.AsyncClient, nobody: httpx.AsyncClient, side: int
) -> None:
    await alice.post(HERE, json={"email": NEW})
    tokens = await links(app)
    assert (await follow(nobody, tokens[side], "cancel")).status_code == 204
    assert [(await follow(nobody, token)).status_code for token in tokens] == [404, 404]
    assert (await alice.get(HERE)).json() is None


async def test_looking_at_a_link_changes_nothing(
    app: FastAPI, alice: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    await alice.post(HERE, json={"email": NEW})
    for token in await links(app):
        assert (await nobody.get(f"/email/change?token={token}")).status_code == 200
    waiting = (await alice.get(HERE)).json()
    assert (waiting["confirmed_at_old"], waiting["confirmed_at_new"]) == (False, False)


async def test_an_address_that_somebody_has_is_answered_alike_and_its_owner_is_told(
    app: FastAPI, alice: httpx.AsyncClient
) -> None:
    free, taken = await alice.post(HERE, json={"email": NEW}), await alice.post(HERE, json={"email": BOB})
    assert (free.status_code, free.json().keys()) == (taken.status_code, taken.json().keys())
    assert "already have an account" in (await subjects_to(app, BOB))[0]
    assert "wanted to sign in to another account with" in (await letters_to(app, BOB))[0].text
    assert await letters_to(app, BOB, "email_confirmation") == []


async def test_an_address_taken_meanwhile_is_not_taken_away(
    app: FastAPI,
    alice: httpx.AsyncClient,
    nobody: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    database: Database,
) -> None:
    await alice.post(HERE, json={"email": NEW})
    old, new = await links(app)
    async with database.begin() as tx:
        await tx.execute(text("update users set email = :new where email = :bob"), {"new": NEW, "bob": BOB})
    await follow(nobody, old)
    assert (await follow(nobody, new)).status_code == 409
    assert await enter(nobody, OLD) == 201


async def test_a_stolen_session_cannot_change_the_address_without_a_fresh_proof(
    alice: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update sessions set proved_at = now() - interval '1 hour'"))
    assert (await alice.post(HERE, json={"email": NEW})).json()["code"] == "reauthenticate"


async def test_the_present_address_is_told_also_when_the_api_dies_after_its_answer(
    app: FastAPI, alice: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        return

    monkeypatch.setattr(email_changes, "send_link", dies)
    assert (await alice.post(HERE, json={"email": NEW})).status_code == 202
    kinds = [letter.kind for letter in await letters_to(app, OLD)]
    assert kinds == ["email_change_asked"]
    assert await letters_to(app, NEW) == []
