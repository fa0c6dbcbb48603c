"""The month-end as a process, on the real Temporal and PostgreSQL: order, pauses, canary, anomalies, crashes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError

from activities.billing_runs import BillingRunSteps, ChunkRef, Counts, Frozen, RunRef
from activities.deliveries import DeliverySteps
from activities.documents import Printer
from activities.registry import activities_of
from db import billing_run_items, billing_runs
from db.engine import Database
from db.invoicing.chunk import Terms
from domain import billing_run as rules
from domain.errors import NotFound
from domain.ids import show
from tests.monthend import NOVEMBER, a_run, one, report, rows
from tests.temporal import Temporal, running
from tests.world import Line, a_price, an_organization
from workflows.billing_run import BillingRun, BillingRunInput, BillingRunResult
from workflows.process import Act, Status

Handle = WorkflowHandle[BillingRun, BillingRunResult]
_SPOIL = "update usage set input_tokens = 0, output_tokens = 0 where organization_id = :id"
PRINTER = Printer(public_url="http://test", link_secret="secret")


def steps(database: Database) -> list[Callable[..., Any]]:
    return [
        *activities_of(BillingRunSteps(database, Terms())),
        *activities_of(DeliverySteps(database, PRINTER)),
    ]


@asynccontextmanager
async def started(
    temporal: Temporal, database: Database, run: rules.BillingRun, *replaced: Callable[..., Any], **given: int
) -> AsyncIterator[Handle]:
    """The run's process; activities in `replaced` stand in for those of the same name."""
    names = {_name(step) for step in replaced}
    activities = [step for step in steps(database) if _name(step) not in names]
    async with running(temporal, [BillingRun], [*activities, *replaced]):
        yield await temporal.client.start_workflow(
            BillingRun.run,
            BillingRunInput(run_id=show("run", run.id), **given),  # type: ignore[bad-argument-type]  # numbers only, by name
            id=run.workflow_id,
            task_queue=temporal.task_queue,
            execution_timeout=timedelta(seconds=40),
        )


def _name(step: Callable[..., Any]) -> str:
    definition = activity._Definition.must_from_callable(step)
    return definition.name or ""


async def used(database: Database, *names: str, tokens: int = 5_000_000) -> list[Any]:
    """Organizations that have used something in October."""
    made = [await an_organization(database, name=name) for name in names]
    await a_price(database)
    await report(database, *(Line(each, input_tokens=tokens) for each in made))
    return made


async def until(condition: Callable[[], Any], seconds: float = 90) -> None:
    """Waits for something to become true."""
    for _ in range(int(seconds / 0.05)):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


async def state_of(database: Database, run: rules.BillingRun) -> str:
    async with database.begin() as tx:
        return (await billing_runs.get(tx, run_id=run.id)).state


async def test_everybody_is_invoiced_mailed_and_collected_from(
    temporal: Temporal, database: Database
) -> None:
    await used(database, "Alice", "Bob")
    await an_organization(database, name="Charlie")
    run = await a_run(database)
    async with started(temporal, database, run) as handle:
        result = await handle.result()
    assert (result.state, result.invoiced, result.skipped) == ("completed", 2, 1)
    assert await one(database, "select count(*) from invoice_documents") == 2
    assert await one(database, "select count(*) from mails where kind = 'invoice_issued'") == 2
    assert await one(database, "select count(*) from intents where workflow = 'Collection'") == 2
    assert await state_of(database, run) == "completed"


async def test_a_preview_leaves_nothing_but_its_result(temporal: Temporal, database: Database) -> None:
    await used(database, "Alice")
    run = await a_run(database, preview=True)
    async with started(temporal, database, run) as handle:
        assert (await handle.result()).invoiced == 1
    for table in ("invoices", "mails", "intents", "invoice_documents"):
        assert await one(database, f"select count(*) from {table}") == 0


async def test_a_canary_is_invoiced_alone_and_waits_for_a_person(
    temporal: Temporal, database: Database
) -> None:
    await used(database, "Alice", "Bob", "Charlie")
    run = await a_run(database, canary=1)
    async with started(temporal, database, run) as handle:
        await until(lambda: _is(database, run, "paused"))
        assert await one(database, "select count(*) from invoices") == 1
        assert await one(database, "select count(*) from mails") == 0
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("skip_wait", Act(), result_type=Status)
        await handle.execute_update("resume", Act(), result_type=Status)
        assert (await handle.result()).invoiced == 3
    assert await one(database, "select count(*) from mails") == 3


async def test_a_run_that_begins_again_paused_waits_and_then_finds_done_what_was_done(
    temporal: Temporal, database: Database
) -> None:
    await used(database, "Alice", "Bob")
    run = await a_run(database)
    async with started(temporal, database, run) as handle:
        await handle.result()
    async with database.begin() as tx:
        await tx.execute(text("update billing_runs set state = 'running', finished_at = null"))
    async with started(temporal, database, run, paused=True) as handle:
        await until(lambda: _is(database, run, "paused"))
        await handle.execute_update("resume", Act(), result_type=Status)
        assert (await handle.result()).invoiced == 2
    assert await one(database, "select count(*) from mails") == 2


async def test_too_many_anomalies_stop_the_run_before_clients_see_it(
    temporal: Temporal, database: Database
) -> None:
    alice, bob = await used(database, "Alice", "Bob")
    async with started(temporal, database, await a_run(database)) as handle:
        await handle.result()
    at = datetime(2026, 11, 5, tzinfo=UTC)
    await report(database, Line(alice, id="a", occurred_at=at, input_tokens=500_000_000))
    await report(database, Line(bob, id="b", occurred_at=at, input_tokens=5_000_000))
    run = await a_run(database, period=NOVEMBER)
    async with started(temporal, database, run) as handle:
        await until(lambda: _is(database, run, "paused"))
        assert await one(database, "select count(*) from mails") == 2
        await handle.execute_update("resume", Act(), result_type=Status)
        result = await handle.result()
    assert (result.invoiced, result.held) == (1, 1)
    assert await one(database, "select count(*) from mails") == 3


async def test_a_cancelled_run_finishes_what_runs_and_begins_nothing_new(
    temporal: Temporal, database: Database
) -> None:
    await used(database, "Alice", "Bob", "Charlie")
    run = await a_run(database, canary=1)
    async with started(temporal, database, run) as handle:
        await until(lambda: _is(database, run, "paused"))
        await handle.execute_update("cancel", Act(reason="wrong prices"), result_type=Status)
        result = await handle.result()
    assert (result.state, result.invoiced, result.pending) == ("cancelled", 1, 2)
    assert await state_of(database, run) == "cancelled"


async def test_a_crash_after_a_chunk_committed_repeats_nothing(
    temporal: Temporal, database: Database
) -> None:
    await used(database, "Alice", "Bob")
    real = BillingRunSteps(database, Terms())
    calls = 0

    @activity.defn(name="invoice_chunk")
    async def dies_once(ref: ChunkRef) -> Counts:
        nonlocal calls
        calls += 1
        counts = await real.invoice_chunk(ref)
        if calls == 1:
            raise RuntimeError("the worker died before it could say so")
        return counts

    async with started(temporal, database, await a_run(database), dies_once) as handle:
        assert (await handle.result()).invoiced == 2
    numbers = await rows(database, "select number from invoices order by number")
    assert (calls, [row["number"] for row in numbers]) == (2, ["BO-000001", "BO-000002"])


async def test_one_bad_organization_fails_alone_with_its_reason(
    temporal: Temporal, database: Database
) -> None:
    _, bob, _ = await used(database, "Alice", "Bob", "Charlie")
    async with database.begin() as tx:
        await tx.execute(text(_SPOIL), {"id": bob})
    run = await a_run(database)
    async with started(temporal, database, run) as handle:
        result = await handle.result()
    assert (result.state, result.invoiced, result.failed) == ("completed", 2, 1)
    async with database.begin() as tx:
        [failed] = await billing_run_items.list_page(tx, run_id=run.id, after=None, limit=5, state="failed")
    assert failed.organization_id == bob
    assert "do not sum" in failed.reason


async def test_two_runs_for_one_period_invoice_each_organization_once(
    temporal: Temporal, database: Database
) -> None:
    await used(database, *(f"Org {n}" for n in range(12)))
    first, second = await a_run(database), await a_run(database)
    async with started(temporal, database, first) as one_handle:
        other = await temporal.client.start_workflow(
            BillingRun.run,
            BillingRunInput(run_id=show("run", second.id)),
            id=second.workflow_id,
            task_queue=temporal.task_queue,
        )
        results = await asyncio.gather(one_handle.result(), other.result())
    assert sum(result.invoiced for result in results) == 12
    numbers = [
        row["sequence"] for row in await rows(database, "select sequence from invoices order by sequence")
    ]
    assert numbers == list(range(1, 13))


async def test_a_long_run_goes_on_as_new(temporal: Temporal, database: Database) -> None:
    await used(database, *(f"Org {n}" for n in range(8)))
    async with started(temporal, database, await a_run(database), chunks_at_a_time=1) as handle:
        result = await handle.result()
    assert (result.state, result.invoiced) == ("completed", 8)
    assert await one(database, "select count(*) from mails") == 8


async def test_usage_that_comes_in_while_a_run_goes_on_is_invoiced_once(
    temporal: Temporal, database: Database
) -> None:
    used_it = await used(database, "Alice", "Bob", "Charlie")
    run = await a_run(database, canary=2)
    async with started(temporal, database, run) as handle:
        await until(lambda: _is(database, run, "paused"))
        await report(
            database, *(Line(each, id="late", input_tokens=1_000_000, output_tokens=0) for each in used_it)
        )
        await handle.execute_update("resume", Act(), result_type=Status)
        assert (await handle.result()).invoiced == 3
    invoiced = await rows(database, "select usage_nanos from invoices order by organization_id")
    assert [int(row["usage_nanos"]) for row in invoiced] == [10_000_800_000, 10_000_800_000, 12_000_800_000]
    late = "select billed_in::text from usage where id = 'late' order by organization_id"
    assert [row["billed_in"] for row in await rows(database, late)] == ["2026-11-01", "2026-11-01", None]


async def test_a_run_whose_list_cannot_be_made_fails_and_says_why(
    temporal: Temporal, database: Database
) -> None:
    run = await a_run(database)

    @activity.defn(name="freeze_billing_run")
    async def refuses(ref: RunRef) -> Frozen:
        raise NotFound("There is no such billing run")

    async with started(temporal, database, run, refuses) as handle:
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    async with database.begin() as tx:
        kept = await billing_runs.get(tx, run_id=run.id)
    assert (kept.state, "no such billing run" in kept.last_error) == ("failed", True)


async def _is(database: Database, run: rules.BillingRun, state: str) -> bool:
    return await state_of(database, run) == state


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two, so that a handful of organizations is several."""
    monkeypatch.setattr("activities.billing_runs.CHUNK", 2)
    monkeypatch.setattr("activities.billing_runs.SUMMED_FROM", 3)
