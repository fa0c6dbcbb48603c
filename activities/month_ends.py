"""What people do with billing runs: start one, pause, resume or cancel it, release or discard what it held.

Each writes its fact, the intent for the process, and the audit entry in the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from db import audit, billing_run_items, billing_runs, intents, invoices, wallets
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.billing_run import BillingRun, NothingToRun, RunItem, workflow_id_of
from domain.errors import WrongState
from domain.ids import new_id, show
from domain.period import require_begun, require_ended, show_period

Act = Literal["pause", "resume", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What run is wanted: for a month, for everybody or those named; `canary` organizations go first."""

    period: date
    preview: bool = False
    organization_ids: tuple[UUID, ...] | None = None
    canary: int = 0
    close_early: bool = False


async def start(tx: Tx, order: Order, *, actor: Actor, now: datetime) -> BillingRun:
    """A new run, which begins once the transaction commits.

    Raises:
        NothingToRun: an organization that is named does not exist, or is deleted.
        PeriodNotBegun: the month lies ahead in a billing zone.
        PeriodNotEnded: the month is not over in a billing zone, and it was not asked to close early.
    """
    await _require_startable(tx, order, now)
    run = _run(order, actor, now)
    await billing_runs.insert_one(tx, run)
    await intents.insert(
        tx,
        key=run.workflow_id,
        kind="start",
        workflow="BillingRun",
        workflow_id=run.workflow_id,
        payload={"run_id": show("run", run.id)},
        actor=actor,
        summary=f"{'Preview of' if order.preview else 'Month-end'} {show_period(order.period)}",
    )
    facts = {"period": show_period(run.period), "preview": run.preview, "canary": run.canary}
    await audit.append(
        tx, [Entry("billing_run.start", "billing_run", show("run", run.id), after=facts)], actor=actor
    )
    return run


async def _require_startable(tx: Tx, order: Order, now: datetime) -> None:
    if order.organization_ids is not None:
        await _require_known(tx, order.organization_ids)
    early = order.close_early or order.preview
    for zone, organization_id in await billing_runs.zones(
        tx, organization_ids=order.organization_ids, zone=""
    ):
        require = require_begun if early else require_ended
        require(order.period, zone, now, organization=show("org", organization_id))


async def _require_known(tx: Tx, organization_ids: Sequence[UUID]) -> None:
    known = await billing_runs.known(tx, organization_ids=organization_ids)
    unknown = [show("org", each) for each in organization_ids if each not in known]
    if unknown:
        raise NothingToRun(
            f"organization_ids: there is no {', '.join(unknown[:3])}, or it is deleted",
            organizations=unknown[:20],
        )


def _run(order: Order, actor: Actor, now: datetime) -> BillingRun:
    run_id = new_id()
    return BillingRun(
        id=run_id,
        period=order.period,
        zone="",
        preview=order.preview,
        canary=order.canary,
        state="pending",
        stage="",
        workflow_id=workflow_id_of(order.period, run_id),
        requested_by=f"{actor.kind}:{actor.id}",
        organization_ids=order.organization_ids,
        organizations=0,
        chunks=0,
        created_at=now,
        started_at=None,
        finished_at=None,
        last_error="",
    )


async def steer(tx: Tx, *, run_id: UUID, act: Act, reason: str, actor: Actor) -> BillingRun:
    """The run as it is now; its process takes the act once the transaction commits.

    Raises:
        NotFound: there is no such run.
        WrongState: it has ended, or `resume` was asked of one that is not paused.
    """
    run = await billing_runs.lock(tx, run_id=run_id)
    run.require_running()
    if act == "resume" and run.state != "paused":
        raise WrongState(f"The billing run is {run.state}, not paused", state=run.state)
    if act == "pause" and run.state == "paused":
        raise WrongState("The billing run is paused already", state=run.state)
    await intents.insert(
        tx,
        key=f"{run.workflow_id}:{act}:{new_id().hex}",
        kind="update",
        workflow="BillingRun",
        workflow_id=run.workflow_id,
        name=act,
        payload={"reason": reason},
        actor=actor,
    )
    entry = Entry(f"billing_run.{act}", "billing_run", show("run", run.id), after={"reason": reason})
    await audit.append(tx, [entry], actor=actor)
    return run


async def release(tx: Tx, *, run_id: UUID, organization_id: UUID, reason: str, actor: Actor) -> RunItem:
    """A held invoice was looked at and is right (or a failed one can be tried again): it is issued and delivered.

    Raises:
        NotFound: the run has no such organization.
        WrongState: nothing of it is held or failed, or the run was a preview.
    """
    run = await _not_a_preview(tx, run_id)
    item = await billing_run_items.lock(tx, run_id=run_id, organization_id=organization_id)
    chunk = await billing_run_items.release(tx, item)
    await intents.insert(
        tx,
        key=f"{run.workflow_id}:release:{chunk}",
        kind="start",
        workflow="InvoiceDelivery",
        workflow_id=f"{run.workflow_id}/release-{chunk}",
        payload={
            "run_id": show("run", run_id),
            "chunk": chunk,
            "organization_id": show("org", organization_id),
        },
        organization_id=organization_id,
        actor=actor,
        summary=f"Released invoice {show_period(run.period)}",
    )
    await _note(tx, item, "invoice.release", reason, actor)
    return await billing_run_items.lock(tx, run_id=run_id, organization_id=organization_id)


async def discard(tx: Tx, *, run_id: UUID, organization_id: UUID, reason: str, actor: Actor) -> RunItem:
    """A held invoice is wrong: its draft goes, and another run for the period may invoice the organization.

    Raises:
        NotFound: the run has no such organization.
        WrongState: nothing of it is held, or the run was a preview.
    """
    await _not_a_preview(tx, run_id)
    # A later month's chunk takes the wallet, the draft, its item, in this order; who waits here finds the item overtaken.
    await wallets.lock(tx, organization_id=organization_id)
    item = await billing_run_items.lock(tx, run_id=run_id, organization_id=organization_id)
    if item.state != "held" or item.invoice_id is None:
        raise WrongState(f"The organization is {item.state} in this run, not held", state=item.state)
    await billing_run_items.discard(tx, item, reason=f"discarded: {reason}" if reason else "discarded")
    await invoices.delete_draft(tx, invoice_id=item.invoice_id)
    await _note(tx, item, "invoice.discard", reason, actor)
    return await billing_run_items.lock(tx, run_id=run_id, organization_id=organization_id)


async def _not_a_preview(tx: Tx, run_id: UUID) -> BillingRun:
    run = await billing_runs.get(tx, run_id=run_id)
    if run.preview:
        raise WrongState("The run is a preview; it holds nothing")
    return run


async def _note(tx: Tx, item: RunItem, action: str, reason: str, actor: Actor) -> None:
    invoice = None if item.invoice_id is None else show("in", item.invoice_id)
    facts = {"run": show("run", item.run_id), "invoice": invoice, "reason": reason, "held_for": item.reason}
    organization = show("org", item.organization_id)
    entry = Entry(action, "organization", organization, item.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)
