"""Billing runs: opened by a door or a schedule, moved on by their process, with progress counted from their items."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Date, Integer, Table, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.organizations import organizations
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from db.waiting_runs import WAITING_IDS
from domain.billing_run import BillingRun, Progress, RunState
from domain.errors import NotFound

billing_runs = Table(
    "billing_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("period", Date, nullable=False),
    Column("zone", Text, nullable=False, server_default=""),
    Column("preview", Boolean, nullable=False, server_default="false"),
    Column("canary", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("stage", Text, nullable=False, server_default=""),
    Column("workflow_id", Text, nullable=False, unique=True),
    Column("requested_by", Text, nullable=False),
    Column("organization_ids", ARRAY(Uuid)),
    Column("organizations", Integer, nullable=False, server_default="0"),
    Column("chunks", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("summed_until_batch", BigInteger),
)
_KEPT = [column for column in billing_runs.c if column.name != "summed_until_batch"]

_PROGRESS = text("""
select run_id, state, currency, count(*) as organizations, coalesce(sum(total_nanos), 0) as total_nanos
  from billing_run_items where run_id = any (:run_ids) group by 1, 2, 3 order by 1, 2, 3
""")
_ZONES = text("""
select time_zone, (array_agg(id order by id))[1] as organization_id from organizations
 where state <> 'deleted' and (cast(:ids as uuid[]) is null or id = any (:ids)) and (:zone = '' or time_zone = :zone)
 group by 1 order by 1
""")


async def insert_one(tx: Tx, run: BillingRun) -> None:
    """Writes a new run; its list is frozen when its process begins."""
    facts: dict[str, Any] = asdict(run)
    if run.organization_ids is not None:
        facts["organization_ids"] = list(run.organization_ids)
    await tx.execute(insert(billing_runs).values(facts))


async def insert_once(tx: Tx, run: BillingRun) -> BillingRun:
    """The run of this workflow: the one that is there, or this one, written now."""
    facts = asdict(run)
    await tx.execute(
        upsert(billing_runs).values(facts).on_conflict_do_nothing(index_elements=["workflow_id"])
    )
    query = select(*_KEPT).where(billing_runs.c.workflow_id == run.workflow_id)
    return _run((await tx.execute(query)).first())


async def get(tx: Tx, *, run_id: UUID) -> BillingRun:
    """The run.

    Raises:
        NotFound: there is none.
    """
    return _run((await tx.execute(select(*_KEPT).where(billing_runs.c.id == run_id))).first())


async def lock(tx: Tx, *, run_id: UUID) -> BillingRun:
    """The run, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(*_KEPT).where(billing_runs.c.id == run_id).with_for_update()
    return _run((await tx.execute(query)).first())


async def list_page(
    tx: Tx,
    *,
    after: UUID | None,
    limit: int,
    period: date | None = None,
    state: str | None = None,
    waiting: bool = False,
) -> Sequence[BillingRun]:
    """At most `limit` runs, the newest first; only those that are `waiting` for a person when asked so."""
    query = select(*_KEPT).order_by(billing_runs.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(billing_runs.c.id < after)
    if period is not None:
        query = query.where(billing_runs.c.period == period)
    if state is not None:
        query = query.where(billing_runs.c.state == state)
    if waiting:
        query = query.where(billing_runs.c.id.in_(WAITING_IDS))
    return [_run(row) for row in await tx.execute(query)]


async def move(
    tx: Tx, *, run_id: UUID, state: RunState, stage: str, now: datetime, last_error: str = ""
) -> None:
    """Writes where the run stands; the first move begins it, a final state ends it."""
    values: dict[str, Any] = {"state": state, "stage": stage, "last_error": last_error[:2000]}
    if state in ("completed", "cancelled", "failed"):
        values["finished_at"] = now
    here = billing_runs.c.id == run_id
    await tx.execute(
        update(billing_runs).where(here, billing_runs.c.started_at.is_(None)).values(started_at=now)
    )
    await tx.execute(update(billing_runs).where(here, billing_runs.c.finished_at.is_(None)).values(values))


async def reopen(tx: Tx, *, run_id: UUID) -> None:
    """A run that failed is to be taken up again; what became of its organizations stays."""
    values = {"state": "pending", "stage": "", "finished_at": None, "last_error": ""}
    failed = (billing_runs.c.id == run_id, billing_runs.c.state == "failed")
    await tx.execute(update(billing_runs).where(*failed).values(values))


async def summed_until_batch(tx: Tx, *, run_id: UUID) -> int | None:
    """Up to which batch of records the run's own month is summed; None when it is not."""
    query = select(billing_runs.c.summed_until_batch).where(billing_runs.c.id == run_id)
    return (await tx.execute(query)).scalar_one()


async def progress_of_all(tx: Tx, *, run_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """How far each of the runs is."""
    counts: dict[UUID, Counter[str]] = {run_id: Counter() for run_id in run_ids}
    totals: dict[UUID, Counter[str]] = {run_id: Counter() for run_id in run_ids}
    for row in await tx.execute(_PROGRESS, {"run_ids": list(run_ids)}):
        counts[row.run_id][row.state] += row.organizations
        if row.state == "invoiced":
            totals[row.run_id][row.currency] += int(row.total_nanos)
    return {
        run_id: Progress(**counts[run_id], totals=tuple(sorted(totals[run_id].items()))) for run_id in run_ids
    }


async def zones(tx: Tx, *, organization_ids: Sequence[UUID] | None, zone: str) -> list[tuple[str, UUID]]:
    """The billing zones of a run's organizations, each with one organization in it."""
    ids = None if organization_ids is None else list(organization_ids)
    return [
        (row.time_zone, row.organization_id) for row in await tx.execute(_ZONES, {"ids": ids, "zone": zone})
    ]


async def known(tx: Tx, *, organization_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these organizations exist and are not deleted."""
    known = (organizations.c.id.in_(organization_ids), organizations.c.state != "deleted")
    query = select(organizations.c.id).where(*known)
    return set((await tx.execute(query)).scalars())


def _run(row: AnyRow | None) -> BillingRun:
    if row is None:
        raise NotFound("There is no such billing run")
    facts = row._asdict()
    ids = facts.pop("organization_ids")
    return BillingRun(**facts, organization_ids=None if ids is None else tuple(ids))
