"""A house that collects under Temporal: what the tests of collection share."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle

from activities.intents import IntentPump
from activities.registry import activities_of
from db.engine import Database
from tests.collecting import House, collecting_house
from tests.owed import Owed, invoice
from tests.temporal import FastForward, Temporal, reached, running
from workflows.collection import Collection, CollectionInput, CollectionResult
from workflows.process import Status

__all__ = ["DAY", "Handle", "Office", "office"]

Handle = WorkflowHandle[Collection, CollectionResult]
DAY = timedelta(days=1)


@dataclass
class Office:
    """A house with Temporal, and the worker that collects."""

    house: House
    temporal: Temporal
    fast_forward: FastForward

    async def owed(self, card: str = "", *, amount: int = 120, method: str = "card") -> Owed:
        """An invoice due in fourteen days; with a card that behaves so, or with none."""
        today = datetime.now(UTC).date()
        owed = await invoice(self.house.database, amount=amount, due_on=today + timedelta(days=14))
        if card:
            await self.save_card(owed, card)
        insert = "insert into billing_profiles (organization_id, updated_at) values (:o, now()) on conflict do nothing"
        await self.house.change(insert, o=owed.organization_id)
        await self.house.change("update billing_profiles set collection_method = :m", m=method)
        return owed

    async def save_card(self, owed: Owed, behaviour: str) -> str:
        saved = await self.house.save_card(owed.organization_id)
        if behaviour != "succeeds":
            await self.house.change_card(saved, behaviour)
        return saved

    async def collect(self, owed: Owed) -> Handle:
        """The collection, started."""
        wanted = CollectionInput(invoice_id=owed.shown, organization_id="org_1")
        queue = self.temporal.task_queue
        return await self.temporal.client.start_workflow(
            Collection.run, wanted, id=owed.workflow_id, task_queue=queue
        )

    async def status(self, handle: Handle) -> Status:
        return await handle.query(Collection.status)

    async def resting(self, handle: Handle, next_step: str = "") -> Status:
        """The status once it waits for payment, and `next_step` comes next."""
        return await reached(
            handle, lambda s: bool(s.waiting_for) and (not next_step or s.next_step == next_step)
        )

    async def letters(self, *kinds: str) -> None:
        """Waits until exactly these letters were written."""
        found: list[str] = []
        for _ in range(600):
            found = await self.house.letters()
            if len(found) >= len(kinds):
                break
            await asyncio.sleep(0.05)
        assert found == list(kinds)

    async def ended(self, handle: Handle) -> str:
        """How it ended; says where it stands when it does not."""
        try:
            return (await asyncio.wait_for(handle.result(), 40)).state
        except TimeoutError:
            raise AssertionError(await self.status(handle)) from None

    async def tell(self) -> None:
        """Stripe's events are handled, and what they want of processes is delivered."""
        await self.house.hear()
        while await IntentPump(self.house.database, self.temporal).run_once():
            pass


@pytest.fixture
async def office(
    database: Database, tmp_path: Path, temporal: Temporal, fast_forward: FastForward
) -> AsyncIterator[Office]:
    async with collecting_house(database, tmp_path) as house:
        steps = activities_of(house.payments) + activities_of(house.collection)
        async with running(temporal, [Collection], steps):
            yield Office(house, temporal, fast_forward)
