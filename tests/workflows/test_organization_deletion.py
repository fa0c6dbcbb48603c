"""The deletion of an organization on the real Temporal server with its clock moved, over a real database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from activities import deletions, legal_holds
from db.engine import Database
from domain.audit import SYSTEM
from domain.deletion import Deletion
from tests.monthend import one, rows
from tests.privacy import TERMS, House, a_house, all_steps, approved, asked, letters, run
from tests.temporal import FastForward, Temporal, reached, running
from workflows.data_export import DataExport
from workflows.organization_deletion import (
    OrganizationDeletion,
    OrganizationDeletionInput,
    OrganizationDeletionResult,
)
from workflows.process import Act, Status

Handle = WorkflowHandle[OrganizationDeletion, OrganizationDeletionResult]
DAY = timedelta(days=1)


@dataclass
class Office:
    """One deletion's process, with the clock in hand."""

    database: Database
    temporal: Temporal
    forward: FastForward
    house: House

    async def begin(self) -> tuple[Deletion, Handle]:
        deletion = await asked(self.database, self.house)
        payload = await one(self.database, "select payload from intents where kind = 'start'")
        handle = await self.temporal.client.start_workflow(
            OrganizationDeletion.run,
            OrganizationDeletionInput.model_validate(payload),
            id=deletion.workflow_id,
            task_queue=self.temporal.task_queue,
        )
        await reached(handle, lambda status: bool(status.waiting_for))
        return deletion, handle

    async def told(self, handle: Handle, state: str) -> None:
        """What a door does after its commit."""
        await handle.signal("changed", {"reason": "test"})
        await reached(handle, lambda status: status.state == state and bool(status.waiting_for))

    async def decide(
        self, decision: Callable[..., Awaitable[Deletion]], deletion: Deletion, by: str, **more: object
    ) -> None:
        async with self.database.begin() as tx:
            await decision(
                tx, deletion.id, by=self.house.id_of(by), actor=SYSTEM, now=datetime.now(UTC), **more
            )

    async def letters_leave(self) -> None:
        await run(self.database, "update mails set state = 'sent' where state = 'queued'")


@pytest.fixture
async def office(database: Database, temporal: Temporal, fast_forward: FastForward) -> AsyncIterator[Office]:
    house = await a_house(database)
    async with running(temporal, [OrganizationDeletion, DataExport], all_steps(database)):
        yield Office(database, temporal, fast_forward, house)


async def test_nobody_decides_and_it_is_reminded_escalated_and_expires(office: Office) -> None:
    _, handle = await office.begin()
    assert await letters(office.database) == [
        "deletion_requested to sam",
        "deletion_requested to stella",
        "deletion_requested to alice",
    ]
    await office.forward(handle, 2 * DAY + timedelta(minutes=1))
    await reached(handle, lambda status: status.state == "reminded" and bool(status.waiting_for))
    await office.forward(handle, 3 * DAY)
    await reached(handle, lambda status: status.state == "escalated" and bool(status.waiting_for))
    await office.forward(handle, 9 * DAY)
    assert (await handle.result()).state == "expired"
    found = await letters(office.database)
    assert [each.split()[0] for each in found[3:]] == [
        "deletion_reminder",
        "deletion_reminder",
        "deletion_escalated",
        "deletion_escalated",
        "deletion_expired",
    ]
    assert await one(office.database, "select state from organizations where name = 'Acme'") == "active"


async def test_a_refusal_ends_it_and_the_owner_is_told_why(office: Office) -> None:
    deletion, handle = await office.begin()
    await office.decide(deletions.refuse, deletion, "stella", reason="open dispute")
    await handle.signal("changed", {"reason": "refused"})
    assert (await handle.result()).state == "refused"
    assert (await letters(office.database))[-1] == "deletion_refused to alice"
    assert "open dispute" in await one(
        office.database, "select text from mails where kind = 'deletion_refused'"
    )


async def test_a_request_taken_back_before_the_decision_changes_nothing(office: Office) -> None:
    deletion, handle = await office.begin()
    await office.decide(deletions.restore, deletion, "alice")
    await handle.signal("changed", {"reason": "restored"})
    assert (await handle.result()).state == "withdrawn"


async def test_it_is_restored_on_the_last_day_of_grace(office: Office) -> None:
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    await office.forward(handle, 13 * DAY)
    await office.decide(deletions.restore, deletion, "alice")
    await handle.signal("changed", {"reason": "restored"})
    assert (await handle.result()).state == "restored"
    assert await one(office.database, "select state from organizations where name = 'Acme'") == "active"
    assert (await letters(office.database))[-1] == "deletion_restored to alice"


async def test_after_grace_it_is_archived_erased_certified_and_forgotten(office: Office) -> None:
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    await office.letters_leave()
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    await reached(
        handle, lambda status: status.state == "sending the last letters" and bool(status.waiting_for)
    )
    assert await one(office.database, "select state from data_exports") == "ready"
    assert (
        await one(office.database, "select recipient from mails where kind = 'deletion_done'")
        == "alice@example.com"
    )
    await office.letters_leave()
    await office.forward(handle, timedelta(minutes=11))
    assert (await handle.result()).state == "deleted"
    people = await rows(office.database, "select name, email from users where kind = 'client' order by id")
    assert [row["name"] for row in people] == ["Erased person", "Bob", "Charlie"]
    assert people[0]["email"].endswith("@erased.invalid")
    assert await one(office.database, "select count(*) from certificates") == 1


async def test_a_letter_that_does_not_leave_holds_the_addresses_for_a_day_only(office: Office) -> None:
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    await reached(
        handle, lambda status: status.state == "sending the last letters" and bool(status.waiting_for)
    )
    await office.forward(handle, DAY + timedelta(hours=1))
    assert (await handle.result()).state == "deleted"
    assert (
        await one(
            office.database,
            "select count(*) from mails where recipient like 'alice%' and kind <> 'invoice_issued'",
        )
        == 0
    )


async def test_a_legal_hold_stops_it_until_it_is_lifted(office: Office) -> None:
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    sam, now = office.house.id_of("sam"), datetime.now(UTC)
    async with office.database.begin() as tx:
        acme = office.house.acme
        hold = await legal_holds.place(tx, organization_id=acme, reason="x", by=sam, actor=SYSTEM, now=now)
    await handle.signal("changed", {"reason": "held"})
    await reached(handle, lambda status: "legal hold" in status.waiting_for)
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    status = await reached(handle, lambda status: status.state == "held up" and bool(status.waiting_for))
    assert status.waiting_for == "the legal hold to be lifted"
    async with office.database.begin() as tx:
        await legal_holds.lift(tx, hold_id=hold.id, reason="over", by=sam, actor=SYSTEM, now=now)
    await handle.signal("changed", {"reason": "lifted"})
    await reached(
        handle, lambda status: status.state == "sending the last letters" and bool(status.waiting_for)
    )


async def test_a_payment_under_way_is_waited_for(office: Office) -> None:
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    invoice = await one(office.database, "select id from invoices limit 1")
    await run(
        office.database,
        """insert into payments (id, organization_id, invoice_id, method, state, charge_number, charge_key, amount_nanos,
             currency, created_at, updated_at)
           values (uuidv7(), :org, :invoice, 'card', 'processing', 1, 'key', 1, 'USD', now(), now())""",
        org=office.house.acme,
        invoice=invoice,
    )
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    await reached(handle, lambda status: status.waiting_for == "a payment under way to end")
    await run(office.database, "update payments set state = 'failed'")
    await office.forward(handle, timedelta(hours=1, minutes=1))
    await reached(
        handle, lambda status: status.state == "sending the last letters" and bool(status.waiting_for)
    )


async def test_usage_on_no_invoice_is_waited_for(office: Office) -> None:
    deletion, handle = await office.begin()
    await run(office.database, "update wallets set invoiced_until = null")
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    await reached(handle, lambda status: status.waiting_for == "its last usage and charges to be invoiced")


@pytest.mark.parametrize("act", ["cancel", "skip_wait"])
async def test_its_waits_cannot_be_cut_short_behind_the_clients_back(office: Office, act: str) -> None:
    _, handle = await office.begin()
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(act, Act(reason="hurry"), result_type=Status)
    assert TERMS.grace == 14 * DAY
