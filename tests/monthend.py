"""A month-end for tests: usage taken in by the real statement, runs opened and invoiced chunk by chunk."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db import billing_run_items, billing_runs, invoices
from db.engine import Database
from db.invoices import Filters
from db.invoicing import chunk, sums
from db.invoicing.chunk import Chunk, Terms
from db.usage.intake import Intake
from domain.audit import SYSTEM
from domain.billing_run import BillingRun, workflow_id_of
from domain.ids import new_id
from tests.world import Line

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


async def report(database: Database, *lines: Line, now: datetime = NOW) -> None:
    """Takes records in; they are priced and debited."""
    months = frozenset((line.occurred_at.year, line.occurred_at.month) for line in lines)
    intake = await Intake.open(database.url, connections=1)
    try:
        await intake.take_in([str(line) for line in lines], [], months, now=now)
    finally:
        await intake.close()


async def a_run(
    database: Database,
    *,
    period: date = OCTOBER,
    preview: bool = False,
    canary: int = 0,
    organization_ids: Sequence[UUID] | None = None,
) -> BillingRun:
    """A run as the door opens it."""
    run_id = new_id()
    run = BillingRun(
        id=run_id,
        period=period,
        zone="",
        preview=preview,
        canary=canary,
        state="pending",
        stage="",
        workflow_id=workflow_id_of(period, run_id),
        requested_by="test",
        organization_ids=None if organization_ids is None else tuple(organization_ids),
        organizations=0,
        chunks=0,
        created_at=NOW,
        started_at=None,
        finished_at=None,
        last_error="",
    )
    async with database.begin() as tx:
        await billing_runs.insert_one(tx, run)
    return run


async def close_month(
    database: Database,
    *,
    period: date = OCTOBER,
    preview: bool = False,
    terms: Terms | None = None,
    organization_ids: Sequence[UUID] | None = None,
    summed: bool = True,
) -> BillingRun:
    """A run over everybody (or those named), invoiced as one chunk."""
    run = await a_run(database, period=period, preview=preview, organization_ids=organization_ids)
    async with database.begin() as tx:
        await billing_run_items.freeze(tx, run, size=200)
    if summed:
        assert await sums.make(database, run)
    await invoice_all(database, run, terms=terms)
    return run


async def invoice_all(database: Database, run: BillingRun, *, terms: Terms | None = None) -> None:
    """Invoices whoever is pending in the run."""
    async with database.begin() as tx:
        items = await billing_run_items.list_page(tx, run_id=run.id, after=None, limit=500)
    ids = tuple(item.organization_id for item in items)
    part = Chunk(run_id=run.id, organization_ids=ids, period=run.period, preview=run.preview)
    await chunk.invoice(database, part, terms=terms or Terms(), now=NOW, actor=SYSTEM)


async def hand_over(database: Database, *, now: datetime = NOW) -> None:
    """Every final invoice is in the clients' hands, as the delivery of a run leaves it."""
    async with database.begin() as tx:
        final = await invoices.list_page(tx, filters=Filters(delivered=False), after=None, limit=500)
        await invoices.mark_delivered(tx, invoice_ids=[invoice.id for invoice in final], now=now)


async def rows(database: Database, sql: str, **facts: object) -> list[dict[str, Any]]:
    """What a query finds."""
    async with database.begin() as tx:
        return [dict(row) for row in (await tx.execute(text(sql), facts)).mappings()]


async def one(database: Database, sql: str, **facts: object) -> Any:
    """The one value that a query finds."""
    return next(iter((await rows(database, sql, **facts))[0].values()))


async def balance(database: Database, organization_id: UUID, account: str) -> int:
    """Debits less credits of an account."""
    sql = """select coalesce(sum(case when debit = :account then amount_nanos else -amount_nanos end), 0) as nanos from postings
              where organization_id = :id and :account in (debit, credit)"""
    return int(await one(database, sql, id=organization_id, account=account))
