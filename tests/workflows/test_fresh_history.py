"""What somebody tells a process in the moment before it begins a fresh history is not forgotten."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle

from activities.invites import InviteLetter, InviteStanding
from tests.temporal import Temporal, a_server, connected, reached, running
from workflows.invite import Invite, InviteInput, InviteResult
from workflows.process import Act

NOW = datetime.now(UTC)


class Steps:
    """An invitation's steps; its reminder is on its way until it is `arrived`."""

    def __init__(self) -> None:
        self.reminding, self.arrived, self.withdrawn = asyncio.Event(), asyncio.Event(), False

    @activity.defn
    async def read_invite(self, _invite_id: str) -> InviteStanding:
        state = "revoked" if self.withdrawn else "sent"
        return InviteStanding(state=state, generation=1, began_at=NOW, expires_at=NOW + timedelta(days=7))

    @activity.defn
    async def send_invite(self, letter: InviteLetter) -> None:
        if letter.reminder:
            self.reminding.set()
            await self.arrived.wait()

    @activity.defn
    async def withdraw_invite(self, _invite_id: str) -> None:
        self.withdrawn = True


async def reminded(temporal: Temporal) -> WorkflowHandle[Invite, InviteResult]:
    """An invitation whose first wait was ended."""
    handle = await temporal.client.start_workflow(
        Invite.run,
        InviteInput(invite_id="inv_1"),
        id=f"invite/{uuid.uuid4()}",
        task_queue=temporal.task_queue,
    )
    await reached(handle, lambda status: bool(status.waiting_for))
    await handle.execute_update("skip_wait", Act(reason="remind now"))
    return handle


@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_it_goes_along(act: str) -> None:
    steps = Steps()
    with a_server(**{"limit.historyCount.suggestContinueAsNew": "4"}) as (address, _server):
        temporal = await connected(address)
        async with running(temporal, [Invite], [steps.read_invite, steps.send_invite, steps.withdraw_invite]):
            handle = await reminded(temporal)
            first = (await handle.describe()).run_id
            await steps.reminding.wait()
            await handle.execute_update(act, Act(reason="just now"))
            steps.arrived.set()
            if act == "pause":
                await handle.execute_update("resume", Act(reason="go on"))
                await reached(handle, lambda status: status.next_step == "last reminder")
                assert (await handle.describe()).run_id != first
                await handle.execute_update("cancel", Act(reason="enough"))
            assert (await asyncio.wait_for(handle.result(), 60)).state == "revoked"
