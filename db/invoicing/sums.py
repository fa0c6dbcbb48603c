"""A run's own month summed once from the raw records, before any wallet is locked.

Reading each organization's records by themselves costs a seek for every record; one pass over the month does not. What
comes in afterwards carries a later batch, so a chunk under its locks adds exactly that.

Two connections sum half of the organizations each: PostgreSQL does not parallelize an insert. Sums count only once the
run says up to which batch they go; what a crash left behind is forgotten by the next attempt.
"""

import asyncio
from uuid import UUID

from sqlalchemy import Numeric, Table, text

from db.engine import Database, Tx
from db.schema import Column, Text, Uuid, metadata
from domain.billing_run import BillingRun

billing_run_sums = Table(
    "billing_run_sums",
    metadata,
    Column("run_id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("meter", Text, nullable=False),
    Column("price_id", Uuid),
    Column("input_tokens", Numeric, nullable=False),
    Column("cached_input_tokens", Numeric, nullable=False),
    Column("output_tokens", Numeric, nullable=False),
    Column("quantity_micros", Numeric, nullable=False),
    Column("amount_nanos", Numeric, nullable=False),
)
PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.05
LANES = 2

_LAST_BATCH = text(
    "select coalesce(pg_sequence_last_value(pg_get_serial_sequence('usage_batches', 'id')), 0)"
)
# A number of our own is larger than that of every transaction which may have taken a batch before.
_NEXT_TRANSACTION = text("select pg_current_xact_id()::text")
_ALL_ENDED = text("select pg_snapshot_xmin(pg_current_snapshot()) >= cast(:next as xid8)")
# The month in the zones of the run: it decides which partitions are read.
_BOUNDS = text("""
select min(cast(:period as date)::timestamp at time zone zone) as earliest,
       max((cast(:period as date) + interval '1 month')::timestamp at time zone zone) as latest
  from (select distinct zone from billing_run_items where run_id = :run_id) zones
""")
_SUM = text("""
insert into billing_run_sums
with whose as materialized (
  select organization_id, cast(:period as date)::timestamp at time zone zone as from_at,
         (cast(:period as date) + interval '1 month')::timestamp at time zone zone as until_at
    from billing_run_items
   where run_id = :run_id and state = 'pending' and get_byte(uuid_send(organization_id), 15) % :lanes = :lane
)
select cast(:run_id as uuid), u.organization_id, u.provider, u.model, u.meter, u.price_id, sum(u.input_tokens),
       sum(u.cached_input_tokens), sum(u.output_tokens), sum(u.quantity_micros), sum(u.amount_nanos)
  from whose w
  join usage u on u.organization_id = w.organization_id and u.occurred_at >= w.from_at and u.occurred_at < w.until_at
 where u.state = 'priced' and u.billed_in is null and u.batch_id <= :until
   and u.occurred_at >= :earliest and u.occurred_at < :latest
 group by u.organization_id, u.provider, u.model, u.meter, u.price_id
""")
# The list was written a moment ago and has no statistics: without these hints its thousands of organizations look like
# one, and the pass over the month becomes a seek for every record.
_PLAN = text("""
select set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_sort', 'off', true), set_config('enable_indexscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true), set_config('work_mem', '128MB', true)
""")
# Attempts at the same run follow each other; the lanes' foreign keys are not held up by it.
_ALONE = text("select 1 from billing_runs where id = :run_id for no key update")
_MARK = text("update billing_runs set summed_until_batch = :until where id = :run_id")
_FORGET = text("delete from billing_run_sums where run_id = :run_id")


async def make(database: Database, run: BillingRun) -> bool:
    """Sums the run's month anew; False when writers do not end in time, and the chunks read the records themselves."""
    async with database.begin() as tx:
        until = (await tx.execute(_LAST_BATCH)).scalar_one()
    if not await _settled(database):
        return False
    month: dict[str, object] = {"run_id": run.id, "period": run.period}
    async with database.begin() as tx:
        await tx.execute(_ALONE, {"run_id": run.id})
        await tx.execute(_FORGET, {"run_id": run.id})
        bounds = (await tx.execute(_BOUNDS, month)).one()
        place = {"until": until, "earliest": bounds.earliest, "latest": bounds.latest, "lanes": LANES}
        facts = month | place
        await asyncio.gather(_sum(tx, facts | {"lane": 0}), _beside(database, facts | {"lane": 1}))
        await tx.execute(_MARK, {"run_id": run.id, "until": until})
    return True


async def _sum(tx: Tx, facts: dict[str, object]) -> None:
    """Sums a lane's organizations."""
    await tx.execute(_PLAN)
    await tx.execute(_SUM, facts)


async def _beside(database: Database, facts: dict[str, object]) -> None:
    """Sums a lane's organizations on a connection of its own."""
    async with database.begin() as tx:
        await _sum(tx, facts)


async def _settled(database: Database) -> bool:
    """Waits until every transaction that may have taken a batch's number before now has ended."""
    async with database.begin() as tx:
        following = (await tx.execute(_NEXT_TRANSACTION)).scalar_one()
    for _ in range(int(PATIENCE_SECONDS / _POLL_SECONDS)):
        async with database.begin() as tx:
            if (await tx.execute(_ALL_ENDED, {"next": following})).scalar_one():
                return True
        await asyncio.sleep(_POLL_SECONDS)
    return False


async def forget(database: Database, *, run_id: UUID) -> None:
    """Removes the sums of a run that has ended; whoever is released later is summed from the records."""
    async with database.begin() as tx:
        await tx.execute(_MARK, {"run_id": run_id, "until": None})
        await tx.execute(_FORGET, {"run_id": run_id})
