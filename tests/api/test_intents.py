"""The doors of what could not be handed to a process."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from db import intents
from db.engine import Database
from domain.ids import show
from tests.api.conftest import World, signed_in


@pytest.fixture
async def parked(database: Database, world: World) -> str:
    """The id of an intent that was parked; another waits for tomorrow."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    async with database.begin() as tx:
        for name in ("pause", "resume"):
            await intents.insert(
                tx,
                key=name,
                kind="update",
                workflow="BillingRun",
                workflow_id="billing-run/1",
                name=name,
                payload={},
                organization_id=world.acme,
                due_at=tomorrow,
            )
        found = await intents.list_undelivered(tx, parked=None, after=None, limit=2)
        await intents.park(tx, intent_id=found[-1].id, now=tomorrow, error="It is paused already")
    return show("int", found[-1].id)


async def test_what_is_parked_and_what_waits_are_listed(staff_key: httpx.AsyncClient, parked: str) -> None:
    every = (await staff_key.get("/v1/intents")).json()["items"]
    assert [(item["name"], item["state"]) for item in every] == [("resume", "waiting"), ("pause", "parked")]
    (shown,) = (await staff_key.get("/v1/intents?state=parked")).json()["items"]
    assert (shown["id"], shown["process_id"], shown["last_error"]) == (
        parked,
        "billing-run/1",
        "It is paused already",
    )


async def test_a_parked_intent_is_dismissed_with_a_reason_and_gone(
    staff_key: httpx.AsyncClient, parked: str
) -> None:
    door = f"/v1/intents/{parked}/dismiss"
    assert (await staff_key.post(door, json={"reason": ""})).status_code == 422
    assert (await staff_key.post(door, json={"reason": "somebody else paused it"})).status_code == 204
    assert (await staff_key.post(door, json={"reason": "again"})).status_code == 404
    (entry, *_) = (await staff_key.get("/v1/audit?action=intent.dismissed")).json()["items"]
    assert entry["after"]["reason"] == "somebody else paused it"


async def test_a_parked_intent_is_tried_again_once(staff_key: httpx.AsyncClient, parked: str) -> None:
    answer = await staff_key.post(f"/v1/intents/{parked}/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert (await staff_key.post(f"/v1/intents/{parked}/retry")).status_code == 409


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
async def test_clients_neither_see_nor_steer_them(app: FastAPI, parked: str, name: str) -> None:
    client = await signed_in(app, name)
    assert (await client.get("/v1/intents")).status_code == 403
    assert (await client.post(f"/v1/intents/{parked}/retry")).status_code == 403
