"""Deleting an organization through the doors: who may, what it means for keys and members, who decides."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from db import users
from db.engine import Database
from tests.api.conftest import PASSWORD_HASH, World, signed_in, user, with_key

ASK = {"name": "Acme", "reason": "we close"}


@pytest.fixture
async def sam(app: FastAPI, world: World, database: Database) -> httpx.AsyncClient:
    """A second person of the staff."""
    async with database.begin() as tx:
        await users.ensure(tx, user("sam", "staff"), password_hash=PASSWORD_HASH)
    return await signed_in(app, "sam")


async def asked(client: httpx.AsyncClient, world: World) -> str:
    answer = await client.post(f"{world.acme_path}/deletion", json=ASK)
    assert answer.status_code == 202, answer.text
    return f"/v1/deletions/{answer.json()['id']}"


async def test_an_owner_sees_first_what_would_go_and_what_would_stay(
    world: World, alice: httpx.AsyncClient
) -> None:
    found = (await alice.get(f"{world.acme_path}/deletion/preview")).json()
    assert {"what": "accounts of people who belong nowhere else", "count": 4, "why": ""} in found["goes"]
    assert any(
        part["what"] == "entries of the audit log" and "GDPR" in part["why"] for part in found["stays"]
    )


@pytest.mark.parametrize("name", ["ada", "bob", "vera", "conrad"])
async def test_only_owners_and_staff_ask(app: FastAPI, world: World, name: str) -> None:
    client = await signed_in(app, name)
    assert (await client.post(f"{world.acme_path}/deletion", json=ASK)).status_code in {403, 404}


async def test_a_stranger_finds_neither_organization_nor_deletion(
    world: World, alice: httpx.AsyncClient, charlie: httpx.AsyncClient
) -> None:
    path = await asked(alice, world)
    assert (await charlie.post(f"{world.acme_path}/deletion", json=ASK)).status_code == 404
    assert (await charlie.get(path)).status_code == 404
    assert (await charlie.post(f"{path}/restore")).status_code == 404


async def test_the_name_has_to_be_typed_as_it_is_written(world: World, alice: httpx.AsyncClient) -> None:
    answer = await alice.post(f"{world.acme_path}/deletion", json={**ASK, "name": "acme"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_asking_needs_a_fresh_proof(world: World, alice: httpx.AsyncClient, database: Database) -> None:
    async with database.begin() as tx:
        await tx.exec_driver_sql("update sessions set proved_at = now() - interval '1 hour'")
    answer = await alice.post(f"{world.acme_path}/deletion", json=ASK)
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthenticate")


async def test_it_is_asked_for_once_at_a_time(world: World, alice: httpx.AsyncClient) -> None:
    await asked(alice, world)
    assert (await alice.post(f"{world.acme_path}/deletion", json=ASK)).status_code == 409


async def test_whoever_asked_cannot_approve_and_somebody_else_can(
    world: World, stella: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    path = await asked(stella, world)
    refused = await stella.post(f"{path}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "same_person")
    approved = (await sam.post(f"{path}/approve", json={})).json()
    assert approved["state"] == "grace"
    days = (datetime.fromisoformat(approved["deletes_at"]) - datetime.now(UTC)).days
    assert days in {13, 14}


async def test_an_owner_cannot_approve_anything(world: World, alice: httpx.AsyncClient) -> None:
    path = await asked(alice, world)
    assert (await alice.post(f"{path}/approve", json={})).status_code == 403


async def test_in_the_grace_period_keys_stop_and_members_look_and_restore(
    app: FastAPI, world: World, alice: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    key = await with_key(app, "organizations:read", organization_id=world.acme)
    path = await asked(alice, world)
    assert (await key.get(world.acme_path)).status_code == 200
    await stella.post(f"{path}/approve", json={})
    stopped = await key.get(world.acme_path)
    assert (stopped.status_code, stopped.json()["organization_state"]) == (403, "deleting")
    assert (await alice.get(world.acme_path)).json()["state"] == "deleting"
    assert (await alice.patch(world.acme_path, json={"name": "New"})).status_code == 403
    assert (await alice.post(f"{path}/restore")).json()["state"] == "restored"
    assert (await key.get(world.acme_path)).status_code == 200


async def test_a_suspended_organization_is_restored_suspended(
    world: World, alice: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    path = await asked(alice, world)
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    await stella.post(f"{path}/approve", json={})
    await stella.post(f"{path}/restore")
    assert (await stella.get(world.acme_path)).json()["state"] == "suspended"


async def test_a_refusal_needs_a_reason(
    world: World, alice: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    path = await asked(alice, world)
    assert (await stella.post(f"{path}/refuse", json={})).status_code == 422
    assert (await stella.post(f"{path}/refuse", json={"reason": "dispute"})).json()["state"] == "refused"
    assert (await stella.post(f"{path}/approve", json={})).status_code == 409


async def test_every_act_is_on_record_with_who_did_it(
    world: World, alice: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    path = await asked(alice, world)
    await stella.post(f"{path}/approve", json={"reason": "checked"})
    await alice.post(f"{path}/restore")
    found = (await stella.get("/v1/audit", params={"target": path.rpartition("/")[2]})).json()["items"]
    assert [(each["action"], each["actor"]["name"].partition("@")[0]) for each in reversed(found)] == [
        ("deletion.request", "alice"),
        ("deletion.approve", "stella"),
        ("deletion.restore", "alice"),
    ]


async def test_a_hold_is_placed_and_lifted_by_staff_with_reasons(
    world: World, stella: httpx.AsyncClient, alice: httpx.AsyncClient
) -> None:
    assert (await alice.get(f"{world.acme_path}/holds")).status_code == 403
    hold = (await stella.post(f"{world.acme_path}/holds", json={"reason": "lawsuit"})).json()
    preview = (await alice.get(f"{world.acme_path}/deletion/preview")).json()
    assert preview["waits_for"] == "the legal hold to be lifted"
    lift = f"/v1/holds/{hold['id']}/lift"
    assert (await stella.post(lift, json={"reason": ""})).status_code == 422
    assert (await stella.post(lift, json={"reason": "settled"})).json()["in_force"] is False
    assert (await stella.post(lift, json={"reason": "settled"})).status_code == 409
