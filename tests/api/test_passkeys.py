"""Passkeys at the doors: added, used, and everything that must not open a session."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import World
from tests.api.passkeys import SITE, added, asked_at, signing_in, stranger
from tests.authenticator import Authenticator


@pytest.fixture
def here(alice: httpx.AsyncClient) -> httpx.AsyncClient:
    """Alice, who opened the page by its name: passkeys have no numbers for addresses."""
    alice.headers["Host"] = "localhost"
    return alice


async def test_a_passkey_signs_in_without_a_name_or_a_password(
    app: FastAPI, here: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    device, shown = await added(here)
    client = stranger(app)
    answer = await signing_in(client, device)
    assert (answer.status_code, answer.json()["email"]) == (201, "alice@example.com")
    assert (await client.get("/v1/sessions/current")).status_code == 200
    kept = (await here.get("/v1/passkeys")).json()["items"]
    assert [(item["id"], item["name"], item["last_used_at"] is None) for item in kept] == [
        (shown["id"], "Laptop", False)
    ]
    letters = (await stella.get("/v1/outbox")).json()["items"]
    assert "A passkey was added" in [letter["subject"] for letter in letters]


async def test_what_was_signed_elsewhere_twice_or_by_another_opens_nothing(
    app: FastAPI, here: httpx.AsyncClient
) -> None:
    device, _ = await added(here)
    other_key = replace(device, key=Authenticator(**SITE).key)
    unknown = Authenticator(**SITE, handle=device.handle)
    elsewhere = replace(device, origin="https://localhost.evil.example")
    other_site = replace(device, rp_id="evil.example")
    other_person = replace(device, handle=bytes(16))
    for wrong in (other_key, unknown, elsewhere, other_site, other_person):
        wrong.count = 5
        answer = await signing_in(stranger(app), wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert (await signing_in(stranger(app), device)).status_code == 201


async def test_a_challenge_is_answered_once_and_in_time(
    app: FastAPI, here: httpx.AsyncClient, database: Database
) -> None:
    device, _ = await added(here)
    client = stranger(app)
    asked = await asked_at(client)
    answer = {"challenge_id": asked["challenge_id"], "credential": device.sign(asked["public_key"])}
    assert (await client.post("/v1/sessions/passkey", json=answer)).status_code == 201
    assert (await client.post("/v1/sessions/passkey", json=answer)).status_code == 401
    late = await asked_at(client)
    async with database.begin() as tx:
        await tx.execute(text("update passkey_challenges set expires_at = now() - interval '1 second'"))
    answer = {"challenge_id": late["challenge_id"], "credential": device.sign(late["public_key"])}
    assert (await client.post("/v1/sessions/passkey", json=answer)).status_code == 401


async def test_what_was_asked_to_confirm_an_act_does_not_sign_in(
    app: FastAPI, here: httpx.AsyncClient
) -> None:
    device, _ = await added(here)
    asked = await asked_at(here, "/v1/sessions/current/passkey")
    answer = {"challenge_id": asked["challenge_id"], "credential": device.sign(asked["public_key"])}
    assert (await stranger(app).post("/v1/sessions/passkey", json=answer)).status_code == 401


async def test_a_copy_of_a_device_is_noticed_by_its_counter(app: FastAPI, here: httpx.AsyncClient) -> None:
    device, _ = await added(here)
    copy = replace(device)
    for _ in range(2):
        assert (await signing_in(stranger(app), device)).status_code == 201
    assert (await signing_in(stranger(app), copy)).status_code == 401


async def test_nobody_proves_themselves_with_somebody_elses_passkey(
    app: FastAPI, here: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    bob.headers["Host"] = "localhost"
    (device, _), (bobs, _) = await added(here), await added(bob)
    path = "/v1/sessions/current/passkey"
    mine = await asked_at(here, path)
    for wrong, asked in ((bobs, mine), (bobs, await asked_at(bob, path))):
        body = {"challenge_id": asked["challenge_id"], "credential": wrong.sign(asked["public_key"])}
        assert (await here.post(path, json=body)).status_code == 401
    again = await asked_at(here, path)
    body = {"challenge_id": again["challenge_id"], "credential": device.sign(again["public_key"])}
    renewed = await here.post(path, json=body)
    assert renewed.status_code == 200
    assert renewed.json()["csrf_token"] != here.headers["X-CSRF-Token"]


async def test_a_passkey_made_for_somebody_else_or_elsewhere_is_not_kept(
    here: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    bob.headers["Host"] = "localhost"
    asked = (await bob.post("/v1/passkeys/options", json={})).json()
    body = {"name": "x", "challenge_id": asked["challenge_id"]}
    mine = Authenticator(**SITE).create(asked["public_key"])
    assert (await here.post("/v1/passkeys", json={**body, "credential": mine})).status_code == 422
    asked = (await here.post("/v1/passkeys/options", json={})).json()
    body = {"name": "x", "challenge_id": asked["challenge_id"]}
    elsewhere = Authenticator(origin="https://evil.example", rp_id="localhost").create(asked["public_key"])
    assert (await here.post("/v1/passkeys", json={**body, "credential": elsewhere})).status_code == 422
    assert (await here.get("/v1/passkeys")).json()["items"] == []


async def test_passkeys_are_renamed_and_removed_by_their_person_only(
    here: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    _, shown = await added(here)
    path = f"/v1/passkeys/{shown['id']}"
    assert (await bob.patch(path, json={"name": "Mine"})).status_code == 404
    assert (await bob.delete(path)).status_code == 404
    assert (await here.patch(path, json={"name": " Old  laptop "})).json()["name"] == "Old laptop"
    assert (await here.delete(path)).status_code == 204
    assert (await here.get("/v1/passkeys")).json()["items"] == []


async def test_the_only_way_in_cannot_be_removed(
    here: httpx.AsyncClient, database: Database, world: World
) -> None:
    _, shown = await added(here)
    async with database.begin() as tx:
        await tx.execute(text("update users set password_hash = null where email = 'alice@example.com'"))
    refused = await here.delete(f"/v1/passkeys/{shown['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    await added(here, "Phone")
    assert (await here.delete(f"/v1/passkeys/{shown['id']}")).status_code == 204


async def test_adding_and_removing_ask_for_a_recent_proof(
    here: httpx.AsyncClient, database: Database
) -> None:
    _, shown = await added(here)
    async with database.begin() as tx:
        await tx.execute(text("update sessions set proved_at = now() - interval '1 hour'"))
    for answer in (
        await here.post("/v1/passkeys/options", json={}),
        await here.delete(f"/v1/passkeys/{shown['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthenticate")


async def test_what_is_no_credential_at_all_is_refused_and_not_a_mistake_of_ours(
    app: FastAPI, here: httpx.AsyncClient
) -> None:
    device, _ = await added(here)
    spoilt_ones: tuple[dict[str, object], ...] = (
        {},
        {"id": 5},
        {"id": "x", "response": "y"},
        {"id": "eA", "rawId": "eA", "response": dict[str, str]()},
    )
    for spoilt in spoilt_ones:
        asked = await asked_at(stranger(app))
        body = {"challenge_id": asked["challenge_id"], "credential": spoilt}
        assert (await stranger(app).post("/v1/sessions/passkey", json=body)).status_code == 401
    asked = await asked_at(stranger(app))
    garbled = device.sign(asked["public_key"])
    garbled["response"] |= {"authenticatorData": "AAAA", "clientDataJSON": "e30"}
    body = {"challenge_id": asked["challenge_id"], "credential": garbled}
    assert (await stranger(app).post("/v1/sessions/passkey", json=body)).status_code == 401
