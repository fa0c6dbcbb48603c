"""The erasure of a person's account on the real Temporal server with its clock moved, over a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.client import WorkflowHandle

from activities import erasures
from db.engine import Database
from domain.audit import SYSTEM
from tests.monthend import one
from tests.privacy import TERMS, House, a_house, all_steps, letters, run
from tests.temporal import FastForward, Temporal, reached, running
from workflows.erasure import Erasure, ErasureInput, ErasureResult

Handle = WorkflowHandle[Erasure, ErasureResult]
WEEK = timedelta(days=7, minutes=1)


@dataclass
class Office:
    database: Database
    temporal: Temporal
    forward: FastForward
    house: House

    async def begin(self, name: str) -> tuple[UUID, Handle]:
        async with self.database.begin() as tx:
            erasure = await erasures.request(
                tx, self.house.id_of(name), staff=False, terms=TERMS, actor=SYSTEM, now=datetime.now(UTC)
            )
        handle = await self.temporal.client.start_workflow(
            Erasure.run,
            ErasureInput(erasure_id=erasure.shown_id, lasts_seconds=86_400 * 30),
            id=erasure.workflow_id,
            task_queue=self.temporal.task_queue,
        )
        await reached(handle, lambda status: bool(status.waiting_for))
        return erasure.id, handle


@pytest.fixture
async def office(database: Database, temporal: Temporal, fast_forward: FastForward) -> AsyncIterator[Office]:
    house = await a_house(database, usage=False)
    await run(database, "update memberships set role = 'owner' where user_id = :id", id=house.id_of("bob"))
    async with running(temporal, [Erasure], all_steps(database)):
        yield Office(database, temporal, fast_forward, house)


async def test_after_a_week_the_account_is_erased_and_its_address_goes_last(office: Office) -> None:
    _, handle = await office.begin("alice")
    assert await letters(office.database) == ["erasure_scheduled to alice"]
    await run(office.database, "update mails set state = 'sent'")
    await office.forward(handle, WEEK)
    await reached(
        handle, lambda status: status.state == "sending the last letter" and bool(status.waiting_for)
    )
    assert (
        await one(office.database, "select email from users where name = 'Erased person'")
        == "alice@example.com"
    )
    await run(office.database, "update mails set state = 'sent'")
    await office.forward(handle, timedelta(minutes=11))
    assert (await handle.result()).state == "erased"
    assert await one(office.database, "select count(*) from users where email like 'alice%'") == 0
    assert await one(office.database, "select count(*) from mails where recipient like 'alice%'") == 0


async def test_a_letter_that_does_not_leave_keeps_the_address_for_a_day_only(office: Office) -> None:
    _, handle = await office.begin("alice")
    await office.forward(handle, WEEK)
    await reached(
        handle, lambda status: status.state == "sending the last letter" and bool(status.waiting_for)
    )
    await office.forward(handle, timedelta(days=1, minutes=1))
    assert (await handle.result()).state == "erased"
    assert await one(office.database, "select count(*) from users where email like 'alice%'") == 0


async def test_within_the_week_its_person_keeps_the_account(office: Office) -> None:
    erasure_id, handle = await office.begin("alice")
    async with office.database.begin() as tx:
        await erasures.cancel(tx, erasure_id, actor=SYSTEM, now=datetime.now(UTC))
    await handle.signal("changed", {"reason": "cancelled"})
    assert (await handle.result()).state == "cancelled"
    assert await one(office.database, "select count(*) from users where name = 'Alice'") == 1


async def test_somebody_who_became_the_last_owner_is_waited_for(office: Office) -> None:
    _, handle = await office.begin("alice")
    await run(
        office.database,
        "update memberships set role = 'member' where user_id = :id",
        id=office.house.id_of("bob"),
    )
    await office.forward(handle, WEEK)
    status = await reached(handle, lambda status: status.state == "held up" and bool(status.waiting_for))
    assert "another owner" in status.waiting_for
    await run(
        office.database,
        "update memberships set role = 'owner' where user_id = :id",
        id=office.house.id_of("bob"),
    )
    await office.forward(handle, timedelta(hours=12, minutes=1))
    await reached(handle, lambda status: status.state == "sending the last letter")
