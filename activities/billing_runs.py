"""The steps of a billing run: freeze the list, invoice a chunk, look for anomalies, say where the run stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeats import beating
from db import audit, billing_run_items, billing_runs
from db.engine import Database
from db.invoicing import chunk as chunks
from db.invoicing import sums
from db.invoicing.chunk import Chunk, Terms
from domain.anomaly import too_many_held
from domain.audit import Entry
from domain.billing_run import CHUNK, ENDED, SUMMED_FROM, BillingRun, RunState
from domain.ids import new_id, read, show
from domain.invoice.record import Unbillable
from domain.period import month_of, previous_month
from gateways.temporal import actors


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class OpenScheduled(_Facts):
    """A schedule's run: for the month before `at` in a billing zone."""

    zone: str
    at: datetime
    workflow_id: str


class RunRef(_Facts):
    """A run, as of `at`."""

    run_id: str
    at: datetime


class ChunkRef(_Facts):
    """One chunk of a run, as of `at`."""

    run_id: str
    chunk: int
    at: datetime


class Move(_Facts):
    """Where the run stands from `at` on."""

    run_id: str
    state: RunState
    stage: str
    at: datetime
    last_error: str = ""


class Frozen(_Facts):
    """The frozen list: how many organizations and chunks; the canary, when there is one, is the first chunk."""

    period: str
    preview: bool
    organizations: int
    chunks: int
    canary: bool


class Counts(_Facts):
    """Organizations by what became of them; `stop` says that too many are held to go on without a person."""

    invoiced: int = 0
    skipped: int = 0
    held: int = 0
    failed: int = 0
    pending: int = 0
    stop: bool = False


class BillingRunSteps:
    """Each step may be repeated at any time: what was done is found done."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database = database
        self._terms = terms

    @activity.defn
    async def open_scheduled_run(self, opening: OpenScheduled) -> str:
        """Afterwards the schedule's run exists, once for its workflow id; says its shown id."""
        run = _scheduled(opening)
        async with self._database.begin() as tx:
            found = await billing_runs.insert_once(tx, run)
            if found.id == run.id:
                facts = {"period": str(run.period), "zone": run.zone}
                await audit.append(
                    tx, [Entry("billing_run.start", "billing_run", show("run", run.id), after=facts)]
                )
        return show("run", found.id)

    @activity.defn
    async def freeze_billing_run(self, ref: RunRef) -> Frozen:
        """Afterwards the run has its list of organizations, which never changes again."""
        async with self._database.begin() as tx:
            run = await billing_runs.lock(tx, run_id=read("run", ref.run_id))
            organizations, count = await billing_run_items.freeze(tx, run, size=CHUNK)
            await billing_runs.move(tx, run_id=run.id, state="running", stage="list frozen", now=ref.at)
        return Frozen(
            period=f"{run.period:%Y-%m}",
            preview=run.preview,
            organizations=organizations,
            chunks=count,
            canary=run.canary > 0,
        )

    @activity.defn
    async def sum_billing_run(self, ref: RunRef) -> bool:
        """Afterwards the month of a large run is summed; False when it is small, or writers did not end in time."""
        async with self._database.begin() as tx:
            run = await billing_runs.get(tx, run_id=read("run", ref.run_id))
        if run.organizations < SUMMED_FROM:
            return False
        async with beating():
            return await sums.make(self._database, run)

    @activity.defn
    async def invoice_chunk(self, ref: ChunkRef) -> Counts:
        """Afterwards nobody of the chunk is pending; who cannot be invoiced is marked failed, the others are done."""
        run_id = read("run", ref.run_id)
        async with self._database.begin() as tx:
            run = await billing_runs.get(tx, run_id=run_id)
            pending = await billing_run_items.pending_of(tx, run_id=run_id, chunk=ref.chunk)
        async with beating(len(pending)):
            await self._invoice(run, pending, ref.at)
        async with self._database.begin() as tx:
            return Counts(**await billing_run_items.count_states(tx, run_id=run_id, chunk=ref.chunk))

    async def _invoice(self, run: BillingRun, organization_ids: Sequence[UUID], at: datetime) -> None:
        """Invoices all at once; when the facts of one are bad, each half by itself, down to that one."""
        if not organization_ids:
            return
        part = Chunk(
            run_id=run.id, organization_ids=tuple(organization_ids), period=run.period, preview=run.preview
        )
        try:
            await chunks.invoice(self._database, part, terms=self._terms, now=at, actor=actors.current())
        except Unbillable as unbillable:
            await self._apart(run, organization_ids, at, unbillable)

    async def _apart(
        self, run: BillingRun, organization_ids: Sequence[UUID], at: datetime, unbillable: Unbillable
    ) -> None:
        if len(organization_ids) == 1:
            facts = {"run_id": run.id, "organization_id": organization_ids[0]}
            async with self._database.begin() as tx:
                await billing_run_items.fail(tx, **facts, reason=unbillable.detail)
            return
        middle = len(organization_ids) // 2
        await self._invoice(run, organization_ids[:middle], at)
        await self._invoice(run, organization_ids[middle:], at)

    @activity.defn
    async def review_billing_run(self, ref: RunRef) -> Counts:
        """Says how the run stands, and whether too many invoices are held."""
        async with self._database.begin() as tx:
            states = await billing_run_items.count_states(tx, run_id=read("run", ref.run_id))
        held, invoiced = states.get("held", 0), states.get("invoiced", 0)
        return Counts(**states, stop=too_many_held(self._terms.anomaly, held=held, invoiced=invoiced))

    @activity.defn
    async def move_billing_run(self, move: Move) -> None:
        """Afterwards the run's row says so; a run that has ended stays as it ended."""
        run_id = read("run", move.run_id)
        async with self._database.begin() as tx:
            await billing_runs.move(
                tx, run_id=run_id, state=move.state, stage=move.stage, now=move.at, last_error=move.last_error
            )
        if move.state in ENDED:
            await sums.forget(self._database, run_id=run_id)


def _scheduled(opening: OpenScheduled) -> BillingRun:
    """The run of the month before, in the zone."""
    return BillingRun(
        id=new_id(),
        period=previous_month(month_of(opening.at, opening.zone)),
        zone=opening.zone,
        preview=False,
        canary=0,
        state="pending",
        stage="",
        workflow_id=opening.workflow_id,
        requested_by="schedule",
        organization_ids=None,
        organizations=0,
        chunks=0,
        created_at=opening.at,
        started_at=None,
        finished_at=None,
        last_error="",
    )
