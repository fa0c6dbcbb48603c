"""The month-end: start a billing run, watch it, steer it, decide what it held."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from activities import month_ends
from activities.month_ends import Order
from api.billing_run_shapes import NewBillingRun, Reason, ShownItem, ShownRun, StartedRun
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, after_deletion, database_of, needs
from db import billing_run_items, billing_runs
from db.engine import Database, Tx
from domain.billing_run import BillingRun, ItemState, RunState
from domain.ids import read, show
from domain.period import read_period
from domain.portable import csv_cells

router = new_router(prefix="/v1/billing-runs", tag="billing runs")
Writer = Annotated[Principal, Depends(needs("billing:write"))]
_COLUMNS = (
    "organization_id",
    "organization",
    "state",
    "invoice_id",
    "currency",
    "total",
    "last_month",
    "reason",
)


def run_in_path(run_id: str) -> UUID:
    """The run that the address names.

    Raises:
        BadIdentifier: it is not the id of a run.
    """
    return read("run", run_id)


RunInPath = Annotated[UUID, Depends(run_in_path)]


def organization_of_item(organization_id: str) -> UUID:
    """The organization that the address names.

    Raises:
        BadIdentifier: it is not the id of an organization.
    """
    return read("org", organization_id)


ItemInPath = Annotated[UUID, Depends(organization_of_item)]


@router.post("", status_code=202, dependencies=[Once])
async def start(body: NewBillingRun, request: Request, tx: Transaction, principal: Writer) -> StartedRun:
    """Invoice a month. Organizations that the month has invoiced already are skipped."""
    ids = (
        None if body.organization_ids is None else tuple(read("org", each) for each in body.organization_ids)
    )
    order = Order(
        period=read_period(body.period),
        preview=body.preview,
        organization_ids=ids,
        canary=body.canary,
        close_early=body.close_early,
    )
    return _started(
        await month_ends.start(tx, order, actor=actor_of(request, principal), now=datetime.now(UTC))
    )


@router.get("", dependencies=[Depends(needs("billing:read"))])
async def list_all(
    tx: Transaction,
    pages: Pages,
    period: Annotated[str | None, Query(max_length=20)] = None,
    state: RunState | None = None,
) -> Page[ShownRun]:
    """Billing runs, the newest first."""
    month = None if period is None else read_period(period)
    found = await billing_runs.list_page(
        tx, after=pages.after_id, limit=pages.fetch, period=month, state=state
    )
    progress = await billing_runs.progress_of_all(tx, run_ids=[run.id for run in found])
    return pages.page(found, lambda run: ShownRun.of(run, progress[run.id]), lambda run: run.id)


@router.get("/{run_id}", dependencies=[Depends(needs("billing:read"))])
async def get(run_id: RunInPath, tx: Transaction) -> ShownRun:
    """One run and how far it is."""
    run = await billing_runs.get(tx, run_id=run_id)
    return ShownRun.of(run, await billing_runs.progress(tx, run_id=run_id))


@router.get("/{run_id}/items", dependencies=[Depends(needs("billing:read"))])
async def list_items(
    run_id: RunInPath, tx: Transaction, pages: Pages, state: ItemState | None = None
) -> Page[ShownItem]:
    """What became of each organization."""
    await billing_runs.get(tx, run_id=run_id)
    found = await billing_run_items.list_page(
        tx, run_id=run_id, after=pages.after_id, limit=pages.fetch, state=state
    )
    return pages.page(found, ShownItem.of, lambda item: item.organization_id)


@router.get("/{run_id}/report.csv", dependencies=[Depends(needs("billing:read"))])
async def report(run_id: RunInPath, request: Request) -> StreamingResponse:
    """The whole list as CSV."""
    database = database_of(request)
    async with database.begin() as tx:
        run = await billing_runs.get(tx, run_id=run_id)
    name = f"billing-run-{run.period:%Y-%m}-{show('run', run_id)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_csv(database, run_id), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(database: Database, run_id: UUID) -> AsyncIterator[str]:
    yield ",".join(_COLUMNS) + "\r\n"
    async with database.begin() as tx:
        async for item in billing_run_items.walk(tx, run_id=run_id):
            facts = ShownItem.of(item).model_dump()
            buffer = io.StringIO()
            csv.writer(buffer).writerow(csv_cells([facts[name] for name in _COLUMNS]))
            yield buffer.getvalue()


@router.post("/{run_id}/pause", status_code=202, dependencies=[Once])
async def pause(
    run_id: RunInPath, request: Request, tx: Transaction, principal: Writer, body: Reason | None = None
) -> StartedRun:
    """Hold the run: chunks that run finish, no other begins."""
    return await _steered(tx, run_id, "pause", body, request, principal)


@router.post("/{run_id}/resume", status_code=202, dependencies=[Once])
async def resume(
    run_id: RunInPath, request: Request, tx: Transaction, principal: Writer, body: Reason | None = None
) -> StartedRun:
    """Let a paused run go on: also one that waits after its canary, or because of anomalies."""
    return await _steered(tx, run_id, "resume", body, request, principal)


@router.post("/{run_id}/cancel", status_code=202, dependencies=[Once])
async def cancel(
    run_id: RunInPath, request: Request, tx: Transaction, principal: Writer, body: Reason | None = None
) -> StartedRun:
    """End the run: chunks that run finish, no other begins; what is invoiced stays."""
    return await _steered(tx, run_id, "cancel", body, request, principal)


async def _steered(
    tx: Tx, run_id: UUID, act: month_ends.Act, body: Reason | None, request: Request, principal: Principal
) -> StartedRun:
    reason, actor = body.reason if body else "", actor_of(request, principal)
    return _started(await month_ends.steer(tx, run_id=run_id, act=act, reason=reason, actor=actor))


@router.post("/{run_id}/items/{organization_id}/release", status_code=202, dependencies=[Once])
@after_deletion("its last month is invoiced")
async def release(
    run_id: RunInPath,
    organization_id: ItemInPath,
    request: Request,
    tx: Transaction,
    principal: Writer,
    body: Reason | None = None,
) -> ShownItem:
    """A held invoice is right after all (or a failed one can be tried again): issue and send it."""
    facts = {"run_id": run_id, "organization_id": organization_id, "reason": body.reason if body else ""}
    return ShownItem.of(await month_ends.release(tx, **facts, actor=actor_of(request, principal)))


@router.post("/{run_id}/items/{organization_id}/discard", dependencies=[Once])
@after_deletion("its last month is invoiced")
async def discard(
    run_id: RunInPath,
    organization_id: ItemInPath,
    request: Request,
    tx: Transaction,
    principal: Writer,
    body: Reason | None = None,
) -> ShownItem:
    """A held invoice is wrong: drop its draft; another run may invoice the organization."""
    facts = {"run_id": run_id, "organization_id": organization_id, "reason": body.reason if body else ""}
    return ShownItem.of(await month_ends.discard(tx, **facts, actor=actor_of(request, principal)))


def _started(run: BillingRun) -> StartedRun:
    return StartedRun(id=show("run", run.id), workflow_id=run.workflow_id, state=run.state)
