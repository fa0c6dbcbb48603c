"""Proves that the roll-ups say what the records say."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from db.engine import Tx
from db.rollup_months import KINDS, SUMS, Kind
from db.rollup_tables import FACTS, ROLLUPS, Rollup, columns, grouped

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RollupBreak:
    """A row of a roll-up that differs from the records: the table, its key, and both sides as text."""

    table: str
    key: str
    rolled_up: str | None
    raw: str | None


def _comparison(rollup: Rollup) -> TextClause:
    """Both sides of a roll-up, as far as batches were folded, and the rows in which they differ."""
    keys = ", ".join(rollup.keys)
    names = f"{keys}, {columns(rollup)}"
    folded = "and not exists (select from usage_batches b where b.id = u.batch_id)"
    return text(f"""
with facts as ({FACTS} {folded}), raw ({names}) as ({grouped(rollup, "facts")}),
raw_rows as (select {keys}, row({columns(rollup)})::text as said from (
  select {keys}, {", ".join(_plain(name) for name in columns(rollup).split(", "))} from raw) plain),
kept_rows as (select {keys}, row({columns(rollup)})::text as said from (
  select {keys}, {", ".join(_plain(name) for name in columns(rollup).split(", "))} from {rollup.table}) plain)
select row({keys})::text as key, k.said as rolled_up, r.said as raw
  from kept_rows k full join raw_rows r using ({keys}) where k.said is distinct from r.said limit {_SHOWN}
""")  # noqa: S608 — constants of this package


def _plain(name: str) -> str:
    """A sum in one type on both sides."""
    return name if name == "slots" else f"{name}::numeric as {name}"


def _monthly(kind: Kind) -> TextClause:
    """Both sides of the closed months of one kind."""
    names = ", ".join(SUMS)
    totals = ", ".join(f"sum({name})::bigint as {name}" for name in SUMS)
    return text(f"""
with kept as (select organization_id, month, key, row({names})::text as said from usage_by_month where kind = '{kind.name}'),
made as (select organization_id, month, key, row({names})::text as said from (
  select {kind.organization} as organization_id, {kind.at} as month, {kind.key} as key, {totals}
    from {kind.table} group by 1, 2, 3) sums
  where month in (select month from usage_months where kind = '{kind.name}'))
select row(organization_id, month, key)::text as key, k.said as rolled_up, m.said as raw
  from kept k full join made m using (organization_id, month, key)
 where k.said is distinct from m.said limit {_SHOWN}
""")  # noqa: S608 — constants of this package


async def verify(tx: Tx) -> Sequence[RollupBreak]:
    """The rows in which a roll-up differs from the records that were folded; none when all agree."""
    breaks: list[RollupBreak] = []
    for rollup in ROLLUPS:
        rows = await tx.execute(_comparison(rollup))
        breaks += [RollupBreak(rollup.table, row.key, row.rolled_up, row.raw) for row in rows]
    for kind in KINDS:
        rows = await tx.execute(_monthly(kind))
        breaks += [
            RollupBreak(f"usage_by_month ({kind.name})", row.key, row.rolled_up, row.raw) for row in rows
        ]
    return breaks
