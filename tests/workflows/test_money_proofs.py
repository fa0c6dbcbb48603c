"""The money proofs as a process: what they find is kept, told once, set right where it can be."""

import uuid

import pytest
from sqlalchemy import text

from activities.proofs import ProofSteps
from activities.registry import activities_of
from activities.schedules import billing
from db.engine import Database
from domain.ids import show
from gateways.temporal import schedules
from tests.collecting import SENDER
from tests.monthend import a_run, rows
from tests.owed import Owed, invoice
from tests.temporal import Temporal, running
from workflows.money_proofs import MoneyProofs, MoneyProofsInput, MoneyProofsResult


async def prove(database: Database, temporal: Temporal, *, full: bool = False) -> MoneyProofsResult:
    steps = activities_of(ProofSteps(database, temporal, SENDER))
    async with running(temporal, [MoneyProofs], steps):
        return await temporal.client.execute_workflow(
            MoneyProofs.run,
            MoneyProofsInput(full=full),
            id=f"money-proofs/{uuid.uuid4()}",
            task_queue=temporal.task_queue,
        )


@pytest.fixture
async def owed(database: Database) -> Owed:
    """An invoice on which money is owed, written past every process."""
    return await invoice(database)


async def open_findings(database: Database) -> set[tuple[str, str]]:
    found = await rows(database, "select proof, subject_id from proof_findings where resolved_at is null")
    return {(row["proof"], row["subject_id"]) for row in found}


async def test_empty_books_contradict_nothing(database: Database, temporal: Temporal) -> None:
    recent = await prove(database, temporal)
    everything = await prove(database, temporal, full=True)
    assert (recent.open_findings, everything.open_findings) == (0, 0)
    assert {"wallet_equals_lots", "open_invoice_is_collected"} <= recent.durations.keys()
    assert recent.durations.keys() < everything.durations.keys()


async def test_an_invoice_that_nobody_collects_is_found_and_collected_again(
    database: Database, temporal: Temporal, owed: Owed
) -> None:
    await prove(database, temporal)
    assert ("open_invoice_is_collected", owed.shown) in await open_findings(database)
    wanted = await rows(database, "select kind, workflow, workflow_id, payload from intents")
    assert [(row["kind"], row["workflow"], row["workflow_id"]) for row in wanted] == [
        ("start", "Collection", owed.workflow_id)
    ]
    assert wanted[0]["payload"]["invoice_id"] == owed.shown


async def test_what_the_client_was_not_sent_is_not_collected(database: Database, temporal: Temporal) -> None:
    await invoice(database, delivered=False)
    await prove(database, temporal)
    assert "open_invoice_is_collected" not in {proof for proof, _ in await open_findings(database)}
    assert await rows(database, "select key from intents") == []


@pytest.mark.parametrize("state", ["running", "paused"])
async def test_a_billing_run_that_lost_its_process_begins_again(
    database: Database, temporal: Temporal, state: str
) -> None:
    run = await a_run(database)
    async with database.begin() as tx:
        changed = text("update billing_runs set created_at = now() - interval '1 hour', state = :state")
        await tx.execute(changed, {"state": state})
    await prove(database, temporal)
    assert ("billing_run_has_its_process", show("run", run.id)) in await open_findings(database)
    [start] = await rows(database, "select workflow, workflow_id, payload from intents")
    assert (start["workflow"], start["workflow_id"]) == ("BillingRun", run.workflow_id)
    assert start["payload"] == {"run_id": show("run", run.id), "paused": state == "paused"}


async def test_a_month_end_whose_schedule_is_paused_is_told(database: Database, temporal: Temporal) -> None:
    await schedules.ensure(temporal, billing("Pacific/Niue"))
    handle = temporal.client.get_schedule_handle("billing/Pacific/Niue")
    try:
        await handle.pause(note="audit")
        await prove(database, temporal)
        assert ("month_ends_are_scheduled", "billing/Pacific/Niue") in await open_findings(database)
    finally:
        await handle.delete()


async def test_staff_are_told_of_a_finding_once(database: Database, temporal: Temporal, owed: Owed) -> None:
    await prove(database, temporal)
    await prove(database, temporal)
    mails = await rows(database, "select kind, recipient, text from mails")
    assert [(mail["kind"], mail["recipient"]) for mail in mails] == [("staff_alert", SENDER.support_email)]
    assert owed.shown in mails[0]["text"]


async def test_what_is_no_longer_found_is_resolved(
    database: Database, temporal: Temporal, owed: Owed
) -> None:
    await prove(database, temporal, full=True)
    async with database.begin() as tx:
        await tx.exec_driver_sql("update invoices set state = 'void'")
    await prove(database, temporal, full=True)
    assert "open_invoice_is_collected" not in {proof for proof, _ in await open_findings(database)}


async def test_every_round_is_written_down(database: Database, temporal: Temporal) -> None:
    await prove(database, temporal)
    kept = await rows(database, "select scope, findings, durations from proof_runs")
    assert [(run["scope"], run["findings"]) for run in kept] == [("recent", 0)]
    assert "numbers_without_gaps" in kept[0]["durations"]
