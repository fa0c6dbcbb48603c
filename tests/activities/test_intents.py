"""Intents reach Temporal once, in order, whatever dies in between."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from activities.intents import IntentPump, dismiss, try_again
from db import intents
from db.engine import Database
from domain.audit import Actor
from domain.errors import NotFound, WrongState
from gateways.temporal import attributes
from tests.temporal import *  # noqa: F403 — the fixtures
from tests.temporal import Temporal, a_server, connected, running
from tests.workflows.errand import Errand, who_acts
from workflows.status import Act

ORGANIZATION = uuid.UUID(int=7)
BOB = Actor(kind="member", id="bob", name="Bob", request_id="r-2")


async def write(database: Database, workflow_id: str, kind: str = "start", **more: Any) -> None:
    fixed: dict[str, Any] = {"key": f"{kind} {workflow_id}", "workflow": "Errand", "payload": {}}
    values: dict[str, Any] = {**fixed, "kind": kind, "workflow_id": workflow_id, **more}
    async with database.begin() as tx:
        await intents.insert(tx, **values)


@pytest.fixture
def pump(database: Database, temporal: Temporal) -> IntentPump:
    return IntentPump(database, temporal)


@pytest.fixture
def errand_id() -> str:
    return f"errand/{uuid.uuid4()}"


async def settled(database: Database) -> list[tuple[bool, bool, str]]:
    async with database.begin() as tx:
        rows = await tx.execute(intents.intents.select().order_by(intents.intents.c.created_at))
        return [(row.delivered_at is not None, row.parked_at is not None, row.last_error) for row in rows]


async def test_a_start_is_delivered_in_the_name_of_its_actor(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id, actor=BOB, organization_id=ORGANIZATION)
    await write(database, errand_id, "signal", name="finish")
    async with running(temporal, [Errand], [who_acts]):
        assert [await pump.run_once(), await pump.run_once(), await pump.run_once()] == [1, 1, 0]
        handle = temporal.client.get_workflow_handle(errand_id, result_type=str)
        assert await handle.result() == "met for member bob"


async def test_the_organization_can_be_searched_from_the_start(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id, organization_id=ORGANIZATION)
    await pump.run_once()
    described = await temporal.client.get_workflow_handle(errand_id).describe()
    assert described.typed_search_attributes[attributes.ORGANIZATION] == f"org_{ORGANIZATION.hex}"


async def test_a_process_that_has_run_is_not_started_again(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id)
    await pump.run_once()
    await temporal.client.get_workflow_handle(errand_id).terminate()
    await write(database, errand_id, key="once more")
    await pump.run_once()
    assert await settled(database) == [(True, False, ""), (True, False, "the process has run already")]


async def test_a_process_that_has_ended_is_started_again_when_asked(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id)
    await pump.run_once()
    await temporal.client.get_workflow_handle(errand_id).terminate()
    await write(database, errand_id, key="once more", again=True)
    await pump.run_once()
    assert (await temporal.client.get_workflow_handle(errand_id).describe()).status == 1


async def test_a_signal_nobody_takes_is_settled(database: Database, pump: IntentPump, errand_id: str) -> None:
    await write(database, errand_id, "signal", name="finish")
    await pump.run_once()
    assert await settled(database) == [(True, False, "no running process took it")]


async def test_an_update_a_process_refuses_is_parked(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id)
    await write(database, errand_id, "update", name="resume")
    async with running(temporal, [Errand], [who_acts]):
        assert [await pump.run_once(), await pump.run_once()] == [1, 1]
    assert await settled(database) == [(True, False, ""), (False, True, "wrong_state: It is not paused")]


async def test_an_intent_that_cannot_be_sent_holds_up_no_other(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    await write(database, "x" * 2000)
    await write(database, errand_id)
    await pump.run_once()
    assert [delivered for delivered, _parked, _error in await settled(database)] == [False, True]


async def test_while_temporal_is_away_intents_wait(database: Database, errand_id: str) -> None:
    with a_server() as (address, process):
        pump = IntentPump(database, await connected(address))
        process.kill()
        await write(database, errand_id)
        await pump.run_once()
    ((delivered, parked, error),) = await settled(database)
    assert (delivered, parked) == (False, False)
    assert error.startswith("Temporal: ")


async def test_the_same_key_is_written_once(database: Database, errand_id: str) -> None:
    await write(database, errand_id)
    await write(database, errand_id)
    assert len(await settled(database)) == 1


async def test_an_intent_of_a_dead_deliverer_is_taken_again_after_its_lease(
    database: Database, errand_id: str
) -> None:
    await write(database, errand_id)
    now = datetime.now(UTC)
    async with database.begin() as tx:
        first = await intents.claim(tx, now=now)
        held = await intents.claim(tx, now=now + timedelta(seconds=29))
        again = await intents.claim(tx, now=now + timedelta(seconds=31))
    assert ([i.attempts for i in first], held, [i.attempts for i in again]) == ([1], [], [2])


async def test_a_commit_with_intents_wakes_who_listens(database: Database, errand_id: str) -> None:
    woken: list[int] = []
    intents.listen(database, lambda: woken.append(1))
    await write(database, errand_id)
    async with database.begin() as tx:
        await intents.count_waiting(tx)
    assert woken == [1]


async def parked(database: Database, pump: IntentPump, errand_id: str) -> uuid.UUID:
    """An update that its process refused."""
    await write(database, errand_id)
    await write(database, errand_id, "update", name="resume")
    assert [await pump.run_once(), await pump.run_once()] == [1, 1]
    async with database.begin() as tx:
        (found,) = await intents.list_undelivered(tx, parked=True, after=None, limit=10)
    assert found.last_error == "wrong_state: It is not paused"
    return found.id


async def test_a_parked_intent_is_delivered_again_when_somebody_says_so(
    database: Database, temporal: Temporal, pump: IntentPump, errand_id: str
) -> None:
    async with running(temporal, [Errand], [who_acts]):
        intent_id = await parked(database, pump, errand_id)
        handle = temporal.client.get_workflow_handle(errand_id)
        await handle.execute_update("pause", Act(reason="a look"))
        async with database.begin() as tx:
            now = datetime.now(UTC)
            again = await try_again(tx, intent_id=intent_id, actor=BOB, now=now)
            assert (again.state, again.attempts) == ("waiting", 0)
            with pytest.raises(WrongState):
                await try_again(tx, intent_id=intent_id, actor=BOB, now=now)
        assert await pump.run_once() == 1
    assert [delivered for delivered, _parked, _error in await settled(database)] == [True, True]


async def test_a_dismissed_start_holds_up_its_process_no_longer(
    database: Database, pump: IntentPump, errand_id: str
) -> None:
    await write(database, errand_id)
    await write(database, errand_id, "signal", name="finish")
    async with database.begin() as tx:
        (first,) = await intents.claim(tx, now=datetime.now(UTC))
        await intents.park(tx, intent_id=first.id, now=datetime.now(UTC), error="unknown")
    assert await pump.run_once() == 0
    async with database.begin() as tx:
        await dismiss(tx, intent_id=first.id, reason="made by hand", actor=BOB, now=datetime.now(UTC))
        actions = (await tx.execute(text("select action from audit"))).scalars()
        assert list(actions) == ["intent.dismissed"]
    assert await pump.run_once() == 1
    assert (await settled(database))[0] == (True, True, "dismissed: made by hand")
    async with database.begin() as tx:
        assert await intents.count_waiting(tx) == (0, 0)
        with pytest.raises(NotFound):
            await dismiss(tx, intent_id=first.id, reason="again", actor=BOB, now=datetime.now(UTC))
