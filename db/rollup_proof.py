"""Proves that the roll-ups say what the records say."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from db.engine import Tx
from db.rollups import FACTS, ROLLUPS, Rollup, columns, grouped

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


async def verify(tx: Tx) -> Sequence[RollupBreak]:
    """The rows in which a roll-up differs from the records that were folded; none when all agree."""
    breaks: list[RollupBreak] = []
    for rollup in ROLLUPS:
        rows = await tx.execute(_comparison(rollup))
        breaks += [RollupBreak(rollup.table, row.key, row.rolled_up, row.raw) for row in rows]
    return breaks
