"""Which billing runs need a person, and what is said about each."""

from uuid import UUID

import pytest

from db import billing_runs, waiting_runs
from db.engine import Database
from tests.db.test_proofs import alice, found_after, owner

__all__ = ["alice", "owner"]
NEEDY = {
    "paused": ("update billing_runs set state = 'paused', stage = 'canary'", "waits for a person (canary)"),
    "failed": ("update billing_runs set state = 'failed', last_error = 'no list'", "failed: no list"),
    "unsent": (
        """with ended as (update billing_runs set state = 'completed')
           update invoices set finalized_at = now() - interval '2 hours'""",
        "1 final and not sent",
    ),
    "held": (
        """with ended as (update billing_runs set state = 'completed'), gone as (delete from invoices)
           update billing_run_items set state = 'held'""",
        "1 held",
    ),
}


@pytest.mark.parametrize("what", sorted(NEEDY))
async def test_a_month_end_that_needs_a_person_says_why(owner: Database, alice: UUID, what: str) -> None:
    change, why = NEEDY[what]
    [found] = await found_after(owner, "month_ends_need_nobody", change)
    assert (found.kind, found.detail) == ("warning", f"October 2026; {why}")


async def test_who_looks_at_the_run_reads_the_same(owner: Database, alice: UUID) -> None:
    async with owner.begin() as tx:
        [run] = await billing_runs.list_page(tx, after=None, limit=2)
        assert await waiting_runs.why(tx, run_ids=[run.id]) == {}
        await tx.exec_driver_sql("update billing_runs set state = 'paused', stage = 'canary'")
        assert await waiting_runs.why(tx, run_ids=[run.id]) == {run.id: "waits for a person (canary)"}


async def test_a_failed_run_is_settled_by_a_later_one_of_everybody(owner: Database, alice: UUID) -> None:
    later = """with failed as (update billing_runs set state = 'failed')
      insert into billing_runs (id, period, state, workflow_id, requested_by, created_at)
      select uuidv7(), period, 'completed', 'later', 'test', now() from billing_runs"""
    assert await found_after(owner, "month_ends_need_nobody", later) == []
