"""What the proofs set right: only what still needs it when it is set right."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from activities.proof_remedies import run_again
from db.engine import Database
from db.proofs import running
from domain.ids import show
from domain.proof import Finding
from tests.monthend import NOW, a_run, rows

AT = NOW + timedelta(hours=1)


@pytest.mark.parametrize("state", ["running", "paused", "completed", "cancelled", "failed"])
async def test_a_run_that_ended_since_it_was_found_stays_as_it_ended(database: Database, state: str) -> None:
    shown = show("run", (await a_run(database)).id)
    finding = Finding(
        proof=running.NAME, kind="warning", subject_id=shown, organization_id=None, detail="lost"
    )
    async with database.begin() as tx:
        lost = {run.shown: run for run in await running.list_open(tx, now=AT)}
        await tx.execute(text("update billing_runs set state = :state"), {"state": state})
    async with database.begin() as tx:
        await run_again(lost, tx, finding, AT)
    started = [{"run_id": shown, "paused": state == "paused"}] if state in ("running", "paused") else []
    assert [row["payload"] for row in await rows(database, "select payload from intents")] == started
