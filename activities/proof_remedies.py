"""What the money proofs set right by themselves: a collection, or a billing run, that lost its process begins again."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from db import billing_runs, intents
from db.engine import Tx
from db.proofs.running import OpenRun
from domain.billing_run import ENDED
from domain.ids import show
from domain.proof import Finding

Mend = Callable[[Tx, Finding, datetime], Awaitable[None]]


async def collect_again(tx: Tx, finding: Finding, now: datetime) -> None:
    """At most once an hour for each invoice, so that one that ends at once is not started in a circle."""
    await intents.insert(
        tx,
        key=f"collect-again:{finding.subject_id}:{now:%Y-%m-%dT%H}",
        kind="start",
        workflow="Collection",
        workflow_id=f"collection/{finding.subject_id}",
        payload={"invoice_id": finding.subject_id, "organization_id": _shown(finding.organization_id)},
        organization_id=finding.organization_id,
        again=True,
        summary="Collection, started again by the money proofs",
        now=now,
    )


async def run_again(lost: Mapping[str, OpenRun], tx: Tx, finding: Finding, now: datetime) -> None:
    """At most once an hour: every step of a run finds done what was done, and what was paused stays paused.

    A run that ended since it was found stays as it ended.
    """
    run = await billing_runs.lock(tx, run_id=lost[finding.subject_id].id)
    if run.state in ENDED:
        return
    await intents.insert(
        tx,
        key=f"run-again:{finding.subject_id}:{now:%Y-%m-%dT%H}",
        kind="start",
        workflow="BillingRun",
        workflow_id=run.workflow_id,
        payload={"run_id": finding.subject_id, "paused": run.state == "paused"},
        again=True,
        summary="Month-end, started again by the money proofs",
        now=now,
    )


def _shown(organization_id: UUID | None) -> str:
    return "" if organization_id is None else show("org", organization_id)
