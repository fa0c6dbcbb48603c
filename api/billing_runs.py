"""The month-end: start a billing run, watch it, steer it, decide what it held."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from activities import month_end_retries, month_ends
from activities.month_ends import Order
from api.billing_run_shapes import NewBillingRun, Reason, ShownItem, ShownRun, StartedRun
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, after_deletion, needs
from db import billing_run_items, billing_runs, waiting_runs
from db.engine import Tx
from domain.billing_run import BillingRun, ItemState, RunState
from domain.ids import read, show
from domain.period import read_period

router = new_router(prefix="/v1/billing-runs", tag="billing runs")
Writer = Annotated[Principal, Depends(needs("billing:write"))]


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
    *,
    waiting: Annotated[bool, Query(description="Only those that wait for a person")] = False,
) -> Page[ShownRun]:
    """Billing runs, the newest first."""
    month = None if period is None else read_period(period)
    found = await billing_runs.list_page(
        tx, after=pages.after_id, limit=pages.fetch, period=month, state=state, waiting=waiting
    )
    shown = {run.id: each for run, each in zip(found, await shown_runs(tx, found), strict=True)}
    return pages.page(found, lambda run: shown[run.id], lambda run: run.id)


async def shown_runs(tx: Tx, runs: Sequence[BillingRun]) -> list[ShownRun]:
    """The runs as the doors show them."""
    run_ids = [run.id for run in runs]
    progress = await billing_runs.progress_of_all(tx, run_ids=run_ids)
    why = await waiting_runs.why(tx, run_ids=run_ids)
    return [ShownRun.of(run, progress[run.id], why.get(run.id, "")) for run in runs]


@router.get("/{run_id}", dependencies=[Depends(needs("billing:read"))])
async def get(run_id: RunInPath, tx: Transaction) -> ShownRun:
    """One run and how far it is."""
    run = await billing_runs.get(tx, run_id=run_id)
    return (await shown_runs(tx, [run]))[0]


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


@router.post("/{run_id}/retry", status_code=202, dependencies=[Once])
async def retry(
    run_id: RunInPath, request: Request, tx: Transaction, principal: Writer, body: Reason | None = None
) -> StartedRun:
    """Take up a failed run where it stopped: what is invoiced stays, what was not sent is sent."""
    reason, actor = body.reason if body else "", actor_of(request, principal)
    return _started(await month_end_retries.retry(tx, run_id=run_id, reason=reason, actor=actor))


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
