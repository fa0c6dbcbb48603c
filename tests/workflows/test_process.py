"""What every process can be asked and told."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from domain.audit import Actor
from gateways.temporal import actors, attributes
from tests.temporal import FastForward, Temporal, running
from tests.workflows.errand import Errand, ErrandInput, who_acts
from workflows.process import Act, Status

Handle = WorkflowHandle[Errand, str]
ALICE = Actor(kind="staff", id="alice", name="Alice", request_id="r-1")


@pytest.fixture
async def errand(temporal: Temporal) -> AsyncIterator[Handle]:
    """An errand that waits for three days."""
    async with running(temporal, [Errand], [who_acts]):
        with actors.acting(ALICE):
            errand = await temporal.client.start_workflow(
                Errand.run, ErrandInput(), id=f"errand/{uuid.uuid4()}", task_queue=temporal.task_queue
            )
            await status(errand)  # it has reached its wait
            yield errand


async def status(errand: Handle) -> Status:
    return await errand.query(Errand.status)


async def test_it_says_what_it_waits_for_and_until_when(errand: Handle) -> None:
    told = await status(errand)
    started = (await errand.describe()).start_time
    assert (told.kind, told.state, told.waiting_for) == ("errand", "waiting", "somebody to finish it")
    assert told.until is not None
    assert abs(told.until - started - timedelta(days=3)) < timedelta(minutes=1)
    assert told.may == ("pause", "skip_wait", "cancel")


async def test_it_can_be_found_by_organization_subject_and_stage(errand: Handle) -> None:
    await status(errand)
    found = (await errand.describe()).typed_search_attributes
    assert found[attributes.ORGANIZATION] == "org_1"
    assert found[attributes.SUBJECT] == "in_7"
    assert found[attributes.STAGE] == "waiting"
    assert found.get(attributes.DUE) == (await status(errand)).until


async def test_its_wait_ends_when_its_time_comes(errand: Handle, fast_forward: FastForward) -> None:
    await fast_forward(errand, timedelta(days=3, seconds=1))
    assert await errand.result() == "elapsed"


async def test_its_wait_ends_when_what_it_waits_for_happens(errand: Handle) -> None:
    await errand.signal(Errand.finish)
    assert await errand.result() == "met for staff alice"


async def test_its_wait_can_be_skipped(errand: Handle) -> None:
    await errand.execute_update("skip_wait", Act(reason="agreed by phone"), result_type=Status)
    assert await errand.result() == "skipped"


async def test_a_paused_process_goes_on_only_when_resumed(errand: Handle, fast_forward: FastForward) -> None:
    paused = await errand.execute_update("pause", Act(), result_type=Status)
    await errand.signal(Errand.finish)
    await fast_forward(errand, timedelta(days=4))
    assert (paused.paused, (await status(errand)).state) == (True, "waiting")
    await errand.execute_update("resume", Act(), result_type=Status)
    assert await errand.result() == "met for staff alice"


async def test_a_cancelled_process_ends_in_order(errand: Handle) -> None:
    told = await errand.execute_update("cancel", Act(reason="mistake"), result_type=Status)
    assert told.last_act == "cancelled by staff alice: mistake"
    assert await errand.result() == "cancelled"


async def test_what_makes_no_sense_is_refused_without_a_trace(errand: Handle) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await errand.execute_update("resume", Act(), result_type=Status)
    assert str(refused.value.cause) == "wrong_state: It is not paused"
    assert (await status(errand)).last_act == ""


async def test_without_a_person_the_system_acts(temporal: Temporal) -> None:
    async with running(temporal, [Errand], [who_acts]):
        errand = await temporal.client.start_workflow(
            Errand.run, ErrandInput(), id=f"errand/{uuid.uuid4()}", task_queue=temporal.task_queue
        )
        await errand.signal(Errand.finish)
        assert await errand.result() == "met for system backoffice"
