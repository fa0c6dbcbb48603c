"""The calendar starts a month-end for the month it means, whenever it gets to it."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    ScheduleActionExecutionStartWorkflow,
    ScheduleBackfill,
    ScheduleHandle,
    ScheduleOverlapPolicy,
)

from activities.billing_runs import BillingRunSteps
from activities.deliveries import DeliverySteps
from activities.documents import Printer
from activities.registry import activities_of
from activities.schedules import billing
from db.engine import Database
from db.invoicing.chunk import Terms
from gateways.temporal import schedules
from tests.monthend import NOW, report, rows
from tests.temporal import Temporal, running
from tests.world import Line, a_price, an_organization
from workflows.billing_run import BillingRun

FIRST_OF_OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


async def test_a_missed_month_end_is_caught_up_for_its_own_month(
    database: Database, temporal: Temporal
) -> None:
    await a_price(database)
    alice = await an_organization(database, zone="Australia/Eucla")
    await report(database, Line(alice, occurred_at=datetime(2026, 9, 9, tzinfo=UTC)), now=NOW)
    printer = Printer(public_url="http://test", link_secret="secret")
    steps = [
        *activities_of(BillingRunSteps(database, Terms())),
        *activities_of(DeliverySteps(database, printer)),
    ]
    async with running(temporal, [BillingRun], steps):
        await schedules.ensure(temporal, billing("Australia/Eucla"))
        schedule = temporal.client.get_schedule_handle("billing/Australia/Eucla")
        day = timedelta(days=1)
        missed = ScheduleBackfill(
            FIRST_OF_OCTOBER - day, FIRST_OF_OCTOBER + day, overlap=ScheduleOverlapPolicy.ALLOW_ALL
        )
        await schedule.backfill(missed)
        await temporal.client.get_workflow_handle(await _first_started(schedule)).result()
        await schedule.delete()
    found = await rows(database, "select period::text, zone, state from billing_runs")
    assert [tuple(run.values()) for run in found] == [("2026-09-01", "Australia/Eucla", "completed")]
    invoiced = await rows(database, "select period::text, organization_id from invoices")
    assert [tuple(invoice.values()) for invoice in invoiced] == [("2026-09-01", alice)]


async def _first_started(schedule: ScheduleHandle) -> str:
    for _ in range(200):
        for started in (await schedule.describe()).info.recent_actions:
            if isinstance(started.action, ScheduleActionExecutionStartWorkflow):
                return started.action.workflow_id
        await asyncio.sleep(0.05)
    raise AssertionError("the schedule has started nothing")
