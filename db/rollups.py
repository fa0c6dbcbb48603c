"""Roll-ups: one narrow table per question, folded behind ingestion, each committed batch exactly once.

`usage_batches` holds the batches not folded yet. Folding takes some of them away and adds their records to every
roll-up in the same transaction, so a crash in between changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import TextClause, text

from db import rollup_closings
from db.engine import Tx
from db.rollup_late import LATE_INTO_CLOSED
from db.rollup_tables import FACTS, ROLLUPS, SUMS, Rollup, columns, grouped

RECORDS_AT_ONCE = 100_000
_BATCHES_AT_ONCE = 5_000
_LOCK = 7_262_013
_CLOSED = ("usage_closed", "usage_closings", "usage_tops")


_OF_BATCHES = """
   and u.batch_id = any (cast(:ids as bigint[])) and u.batch_id between :lowest and :highest
   and u.occurred_at between :first_at and :last_at"""
_OF_MONTH = " and u.occurred_at >= :since and u.occurred_at < :until"
_TAKE = text("""
with waiting as (
  select id, records from usage_batches order by id limit :batches for update skip locked
), chosen as (
  select id, sum(records) over (order by id) - records as before from waiting
)
delete from usage_batches b using chosen c where b.id = c.id and c.before < :records
returning b.id, b.records, b.first_at, b.last_at
""")


def _insertion(rollup: Rollup) -> str:
    """One part of the folding statement: adds the facts to a roll-up, in the order of its key."""
    keys = ", ".join(rollup.keys)
    added = [f"{name} = t.{name} + excluded.{name}" for name in SUMS]
    added += ["slots = t.slots | excluded.slots"] if rollup.has_slots else []
    return (
        f"into_{rollup.table} as (insert into {rollup.table} as t ({keys}, {columns(rollup)})"
        f" {grouped(rollup, 'facts')} order by {keys} on conflict ({keys}) do update set {', '.join(added)})"
    )


def _folding(*, late: bool) -> TextClause:
    """The statement that adds the chosen records to every roll-up at once, with `late` to closed days and months too."""
    insertions = [_insertion(rollup) for rollup in ROLLUPS]
    parts = ",\n".join([*insertions, LATE_INTO_CLOSED] if late else insertions)
    return text(f"with facts as materialized ({FACTS}{_OF_BATCHES}),\n{parts}\nselect count(*) from facts")


def _making(rollup: Rollup) -> TextClause:
    """The statement that fills an empty roll-up with a month of records."""
    keys = ", ".join(rollup.keys)
    made = grouped(rollup, f"({FACTS}{_OF_MONTH}) facts")
    return text(f"insert into {rollup.table} ({keys}, {columns(rollup)}) {made} order by {keys}")


_FOLD = _folding(late=False)
_FOLD_LATE = _folding(late=True)
_MAKE_MONTH = {rollup.table: _making(rollup) for rollup in ROLLUPS}


@dataclass(frozen=True, slots=True)
class Folded:
    """What one round took: batches and their records, and the months they fell in."""

    batches: int
    records: int
    months: tuple[date, ...]


async def fold(tx: Tx) -> Folded:
    """Adds waiting batches to every roll-up, each exactly once; one transaction at a time folds.

    Gives zero batches when nothing waits or somebody else is folding.
    """
    if not await _alone(tx):
        return Folded(0, 0, ())
    taken = (await tx.execute(_TAKE, {"batches": _BATCHES_AT_ONCE, "records": RECORDS_AT_ONCE})).all()
    if not taken:
        return Folded(0, 0, ())
    bounds = {
        "ids": [batch.id for batch in taken],
        "lowest": min(batch.id for batch in taken),
        "highest": max(batch.id for batch in taken),
        "first_at": min(batch.first_at for batch in taken),
        "last_at": max(batch.last_at for batch in taken),
    }
    is_late = await rollup_closings.any_closed(tx, since=bounds["first_at"], until=bounds["last_at"])
    await tx.execute(_FOLD_LATE if is_late else _FOLD, bounds)
    months = {at.date().replace(day=1) for batch in taken for at in (batch.first_at, batch.last_at)}
    return Folded(len(taken), sum(batch.records for batch in taken), tuple(sorted(months)))


async def close(tx: Tx, *, now: datetime) -> bool:
    """Makes the sums of one kind of one ended day or month; False when none is left or somebody else is folding."""
    if not await _alone(tx):
        return False
    return await rollup_closings.close_one(tx, now=now)


async def _alone(tx: Tx) -> bool:
    """Whether this transaction, and no other, folds until it ends."""
    return (await tx.execute(text(f"select pg_try_advisory_xact_lock({_LOCK})"))).scalar_one()


async def summarize(tx: Tx, *, months: tuple[date, ...]) -> None:
    """Lets the next rounds read only what is new of those months' partitions."""
    await tx.execute(text("select summarize_usage(cast(:months as date[]))"), {"months": list(months)})


async def lag_seconds(tx: Tx, *, now: datetime) -> float:
    """How long the oldest waiting batch has waited; 0 when none waits."""
    oldest: datetime | None = (
        await tx.execute(text("select min(received_at) from usage_batches"))
    ).scalar_one()
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


async def rebuild(tx: Tx) -> int:
    """Makes every roll-up anew from the records, while ingestion waits; gives how many records they hold.

    What was closed is emptied too; the next rounds of the pump close it again.
    """
    await tx.execute(text("lock table usage_batches in share row exclusive mode"))
    await tx.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
    for table in (*(rollup.table for rollup in ROLLUPS), *_CLOSED, "usage_batches"):
        await tx.execute(text(f"delete from {table}"))  # noqa: S608 — constants of this file
    bounds = (
        await tx.execute(text("select min(occurred_at) as first, max(occurred_at) as last from usage"))
    ).one()
    since = bounds.first
    while since is not None and since <= bounds.last:
        until = _next_month(since)
        for rollup in ROLLUPS:
            await tx.execute(_MAKE_MONTH[rollup.table], {"since": since, "until": until})
        since = until
    return (
        await tx.execute(text("select coalesce(sum(requests), 0)::bigint from usage_by_platform"))
    ).scalar_one()


def _next_month(at: datetime) -> datetime:
    """The first instant of the month after."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
