"""What people decide about a held invoice while a later month's run decides as well."""

import asyncio

import pytest
from sqlalchemy import text

from activities import month_ends
from db import wallets
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.anomaly import AnomalyRule
from domain.audit import SYSTEM
from domain.billing_run import RunItem
from domain.errors import WrongState
from tests.monthend import close_month, one, report
from tests.waiting import somebody_waits_for_a_lock
from tests.world import Line, a_price, an_organization

# As a later month's chunk does it, under the wallets' locks.
OVERTAKE = """with gone as (delete from invoices where state = 'draft' returning id)
update billing_run_items set state = 'skipped', reason = 'overtaken', invoice_id = null
  from gone where invoice_id = gone.id"""


async def test_a_draft_that_a_later_month_overtakes_meanwhile_is_not_discarded(
    database: Database, database_url: str
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=5_000_000))
    run = await close_month(database, terms=Terms(anomaly=AnomalyRule(review_nanos=1)))

    async def discard() -> RunItem:
        async with database.begin() as tx:
            facts = {"run_id": run.id, "organization_id": alice, "reason": "wrong price"}
            return await month_ends.discard(tx, **facts, actor=SYSTEM)

    async with database.begin() as tx:
        await wallets.lock(tx, organization_id=alice)
        discarding = asyncio.create_task(discard())
        await somebody_waits_for_a_lock(database_url)
        await tx.execute(text(OVERTAKE))
    with pytest.raises(WrongState, match="skipped in this run"):
        await discarding
    assert await one(database, "select reason from billing_run_items") == "overtaken"
