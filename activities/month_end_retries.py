"""Taking up a billing run that failed, where it stopped."""

from uuid import UUID

from db import audit, billing_runs, intents
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.billing_run import BillingRun
from domain.errors import WrongState
from domain.ids import new_id, show
from domain.period import show_period


async def retry(tx: Tx, *, run_id: UUID, reason: str, actor: Actor) -> BillingRun:
    """The run begins again once the transaction commits; whoever is invoiced in it is not invoiced twice.

    Its canary and its anomalies are waited for again.

    Raises:
        NotFound: there is no such run.
        WrongState: it has not failed.
    """
    run = await billing_runs.lock(tx, run_id=run_id)
    if run.state != "failed":
        raise WrongState(
            f"The billing run is {run.state}; only one that failed is tried again", state=run.state
        )
    await billing_runs.reopen(tx, run_id=run_id)
    await intents.insert(
        tx,
        key=f"{run.workflow_id}:retry:{new_id().hex}",
        kind="start",
        workflow="BillingRun",
        workflow_id=run.workflow_id,
        payload={"run_id": show("run", run.id)},
        actor=actor,
        again=True,
        summary=f"Month-end {show_period(run.period)}, tried again",
    )
    facts = {"reason": reason, "failed_with": run.last_error}
    await audit.append(
        tx, [Entry("billing_run.retry", "billing_run", show("run", run.id), after=facts)], actor=actor
    )
    return await billing_runs.get(tx, run_id=run_id)
