"""Processes at the doors: seen and steered by staff, with a reason, under their own name."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from domain.ids import show
from gateways.errors import Refused, Unavailable
from gateways.temporal import steering
from gateways.temporal.visibility import StatusFacts
from tests.api.conftest import World
from tests.api.with_temporal import app, temporal, temporal_address, time_skipper
from tests.temporal import Temporal, running
from tests.workflows.errand import Errand, ErrandInput, who_acts

__all__ = ["app", "temporal", "temporal_address", "time_skipper"]


@pytest.fixture
async def path(temporal: Temporal, world: World) -> AsyncIterator[str]:
    """The address of an errand for Acme that waits."""
    errand = ErrandInput(organization_id=show("org", world.acme))
    workflow_id = f"errand/{uuid.uuid4()}"
    async with running(temporal, [Errand], [who_acts]):
        handle = await temporal.client.start_workflow(
            Errand.run, errand, id=workflow_id, task_queue=temporal.task_queue
        )
        await handle.query(Errand.status)
        yield f"/v1/processes/{workflow_id}"


async def test_staff_see_what_a_process_waits_for(stella: httpx.AsyncClient, path: str) -> None:
    shown = (await stella.get(path)).json()
    assert (shown["kind"], shown["state"]) == ("Errand", "waiting")
    assert (shown["waiting_for"], shown["next_step"]) == ("somebody to finish it", "finish")
    assert (shown["attempts_left"], shown["last_error"]) == (None, "")
    assert shown["temporal_url"].startswith("http://temporal.test/namespaces/default/workflows/errand%2F")


async def test_processes_are_found_by_kind_organization_and_stage(
    stella: httpx.AsyncClient, path: str, world: World
) -> None:
    acme, other = show("org", world.acme), show("org", world.other)
    found = await listed(stella, kind="Errand", organization_id=acme, stage="waiting", running="true")
    assert [f"/v1/processes/{item['workflow_id']}" for item in found] == [path]
    assert found[0]["waiting_for"] == "somebody to finish it"
    assert await listed(stella, kind="errand", organization_id=acme) == found
    assert await listed(stella, organization_id=other, wait=False) == []


async def test_a_process_is_paused_and_resumed_in_the_name_of_who_did_it(
    stella: httpx.AsyncClient, path: str
) -> None:
    paused = (await stella.post(f"{path}/pause", json={"reason": "asking back"})).json()
    assert (paused["paused"], paused["may"]) == (True, ["resume", "skip_wait", "cancel"])
    resumed = (await stella.post(f"{path}/resume", json={})).json()
    assert resumed["last_act"].startswith("resumed by staff ")
    entries = (await stella.get("/v1/audit", params={"target_kind": "process"})).json()["items"]
    assert [entry["action"] for entry in entries] == ["process.resume", "process.pause"]


async def test_skipping_the_wait_lets_the_process_go_on(
    stella: httpx.AsyncClient, path: str, temporal: Temporal
) -> None:
    assert (await stella.post(f"{path}/skip-wait", json={})).status_code == 200
    handle = temporal.client.get_workflow_handle(path.removeprefix("/v1/processes/"), result_type=str)
    assert await handle.result() == "skipped"


async def test_what_makes_no_sense_is_a_conflict_and_leaves_no_trace(
    stella: httpx.AsyncClient, path: str
) -> None:
    refused = await stella.post(f"{path}/resume", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert (await stella.get("/v1/audit", params={"target_kind": "process"})).json()["items"] == []


async def test_whoever_crashes_while_steering_leaves_the_act_in_the_log(
    stella: httpx.AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = steering.steer

    async def told_then_gone(temporal: Temporal, workflow_id: str, act: str, reason: str) -> StatusFacts:
        await tell(temporal, workflow_id, act, reason)
        raise Unavailable("the API went down")

    monkeypatch.setattr(steering, "steer", told_then_gone)
    assert (await stella.post(f"{path}/pause", json={"reason": "asking back"})).status_code == 503
    assert (await stella.get(path)).json()["paused"] is True
    (entry,) = (await stella.get("/v1/audit", params={"target_kind": "process"})).json()["items"]
    assert (entry["action"], entry["after"]["reason"]) == ("process.pause", "asking back")


async def test_what_a_process_refuses_in_the_last_moment_is_said_to_be_refused(
    stella: httpx.AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(*_: object) -> StatusFacts:
        raise Refused("wrong_state", "It has ended")

    monkeypatch.setattr(steering, "steer", ended)
    assert (await stella.post(f"{path}/cancel", json={})).status_code == 409
    entries = (await stella.get("/v1/audit", params={"target_kind": "process"})).json()["items"]
    assert [(entry["action"], entry["after"].get("because")) for entry in entries] == [
        ("process.refuse", "It has ended"),
        ("process.cancel", None),
    ]


async def test_the_same_key_steers_once(stella: httpx.AsyncClient, path: str) -> None:
    keyed = {"Idempotency-Key": "once"}
    first = await stella.post(f"{path}/pause", json={}, headers=keyed)
    again = await stella.post(f"{path}/pause", json={}, headers=keyed)
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


async def test_an_ended_process_says_how_it_ended(
    stella: httpx.AsyncClient, path: str, temporal: Temporal
) -> None:
    await stella.post(f"{path}/cancel", json={})
    await temporal.client.get_workflow_handle(path.removeprefix("/v1/processes/")).result()
    assert (await stella.get(path)).json()["state"] == "completed"
    assert (await stella.post(f"{path}/pause", json={})).status_code == 404


async def test_clients_see_no_processes(alice: httpx.AsyncClient, path: str) -> None:
    assert (await alice.get("/v1/processes")).status_code == 403
    assert (await alice.get(path)).status_code == 403
    assert (await alice.post(f"{path}/pause", json={})).status_code == 403


async def test_what_is_not_there_is_not_found(stella: httpx.AsyncClient) -> None:
    assert (await stella.get("/v1/processes/errand/none")).status_code == 404


async def listed(client: httpx.AsyncClient, *, wait: bool = True, **filters: str) -> list[dict[str, str]]:
    """What the search finds; it lags a little behind."""
    for _ in range(200):
        items: list[dict[str, str]] = (await client.get("/v1/processes", params=filters)).json()["items"]
        if items or not wait:
            return items
        await asyncio.sleep(0.05)
    raise AssertionError(f"the search finds no process with {filters}")
