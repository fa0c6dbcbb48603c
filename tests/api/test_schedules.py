"""Schedules at the doors: seen, paused with a reason and resumed by staff, under their own name."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from activities.schedules import Schedules, billing
from db.engine import Database
from gateways.errors import Unavailable
from gateways.temporal import schedules
from tests.api.conftest import World, signed_in
from tests.api.with_temporal import app, temporal, temporal_address, time_skipper
from tests.temporal import Temporal
from tests.world import an_organization

__all__ = ["app", "temporal", "temporal_address", "time_skipper"]

ZONE = "Pacific/Chatham"
DOOR = f"/v1/schedules/billing/{ZONE}"


@pytest.fixture
async def planned(database: Database, temporal: Temporal, world: World) -> AsyncIterator[str]:
    """The id of a month-end of a zone that nobody else has."""
    await an_organization(database, zone=ZONE)
    await schedules.ensure(temporal, billing(ZONE))
    yield f"billing/{ZONE}"
    await temporal.client.get_schedule_handle(f"billing/{ZONE}").delete()


async def one(client: httpx.AsyncClient, schedule_id: str) -> dict[str, object]:
    items = (await client.get("/v1/schedules")).json()["items"]
    (found,) = [item for item in items if item["id"] == schedule_id]
    return dict(found)


async def test_what_starts_by_the_calendar_is_listed_with_its_next_time(
    stella: httpx.AsyncClient, planned: str
) -> None:
    found = await one(stella, planned)
    assert (found["process"], found["zone"], found["state"]) == ("BillingRun", ZONE, "scheduled")
    assert (found["summary"], found["note"]) == (f"Month-end in {ZONE}", "")
    assert str(found["next_at"]).endswith("Z")
    assert (found["last_at"], found["last_process_id"]) == (None, None)


async def test_a_pause_says_why_and_by_whom_and_stays_until_somebody_resumes(
    stella: httpx.AsyncClient, planned: str, database: Database, temporal: Temporal
) -> None:
    paused = (await stella.post(f"{DOOR}/pause", json={"reason": "prices are checked"})).json()
    assert (paused["state"], paused["next_at"]) == ("paused", None)
    assert paused["note"] == "prices are checked (stella@example.com)"
    await Schedules(database, temporal).reconcile()
    assert (await one(stella, planned))["state"] == "paused"
    resumed = (await stella.post(f"{DOOR}/resume", json={})).json()
    assert (resumed["state"], resumed["note"]) == ("scheduled", "resumed (stella@example.com)")
    entries = (await stella.get("/v1/audit", params={"target_kind": "schedule"})).json()["items"]
    assert [(entry["action"], entry["target"]) for entry in entries] == [
        ("schedule.resume", planned),
        ("schedule.pause", planned),
    ]
    assert entries[1]["before"] == {"paused": False}
    assert entries[1]["after"] == {"paused": True, "reason": "prices are checked"}


async def test_temporal_away_in_that_moment_changes_nothing_and_the_order_can_be_repeated(
    stella: httpx.AsyncClient, planned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("Temporal: it is away")

    key = {"Idempotency-Key": "once"}
    with monkeypatch.context() as now:
        now.setattr(schedules, "pause", away)
        assert (await stella.post(f"{DOOR}/pause", json={}, headers=key)).status_code == 503
    assert (await one(stella, planned))["state"] == "scheduled"
    assert (await stella.post(f"{DOOR}/pause", json={}, headers=key)).status_code == 200
    assert (await one(stella, planned))["state"] == "paused"


@pytest.mark.parametrize(("path", "body"), [("pause", {"reason": "x" * 201}), ("stop", {})])
async def test_a_reason_too_long_and_an_unknown_act_are_refused(
    stella: httpx.AsyncClient, planned: str, path: str, body: dict[str, str]
) -> None:
    assert (await stella.post(f"{DOOR}/{path}", json=body)).status_code == 422
    assert (await one(stella, planned))["state"] == "scheduled"


async def test_what_changes_nothing_is_refused_and_leaves_no_trace(
    stella: httpx.AsyncClient, planned: str
) -> None:
    assert (await stella.post(f"{DOOR}/resume", json={})).json()["detail"] == "It is not paused"
    await stella.post(f"{DOOR}/pause", json={})
    again = await stella.post(f"{DOOR}/pause", json={})
    assert (again.status_code, again.json()["detail"]) == (409, "It is paused already")
    entries = (await stella.get("/v1/audit", params={"target_kind": "schedule"})).json()["items"]
    assert len(entries) == 1


async def test_a_repeated_order_with_its_key_is_answered_again(
    stella: httpx.AsyncClient, planned: str
) -> None:
    key = {"Idempotency-Key": "pause-once"}
    first = await stella.post(f"{DOOR}/pause", json={}, headers=key)
    second = await stella.post(f"{DOOR}/pause", json={}, headers=key)
    assert (first.status_code, second.status_code, first.json()) == (200, 200, second.json())


async def test_a_month_end_that_no_worker_made_yet_is_absent(
    stella: httpx.AsyncClient, database: Database
) -> None:
    await an_organization(database, zone="Antarctica/Troll")
    assert (await one(stella, "billing/Antarctica/Troll"))["state"] == "absent"
    refused = await stella.post("/v1/schedules/billing/Antarctica/Troll/pause", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize("name", ["somebody-elses", "billing/Mars/Olympus"])
async def test_schedules_that_are_not_ours_are_not_there(stella: httpx.AsyncClient, name: str) -> None:
    assert (await stella.post(f"/v1/schedules/{name}/pause", json={})).status_code == 404


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
async def test_clients_neither_see_nor_hold_them(app: FastAPI, planned: str, name: str) -> None:
    client = await signed_in(app, name)
    assert (await client.get("/v1/schedules")).status_code == 403
    assert (await client.post(f"{DOOR}/pause", json={})).status_code == 403
