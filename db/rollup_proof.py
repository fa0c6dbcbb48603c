"""Proves that the roll-ups say what the records say."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from db.engine import Tx
from db.rollup_closings import KINDS, Kind
from db.rollup_tables import FACTS, NOBODY, ROLLUPS, SUMS, Rollup, columns, grouped
from db.rollup_tops import heads, lengths

_SHOWN = 20
_CLOSED_KEYS = "grain, since, organization_id, key, currency, project_id"
_DAY = {"hour": "(hour at time zone 'UTC')::date", "day": "day"}


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


def _closed(kind: Kind) -> TextClause:
    """Both sides of the closed days and months of one kind."""
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in SUMS)
    names = ", ".join(SUMS)
    grains = ", ".join(f"('{grain}')" for grain in kind.grains)
    each = ", ".join(f"'{grain}'" for grain in kind.grains if kind.keeps_each(grain))
    return text(f"""
with finer as materialized (
  select organization_id, currency, {kind.project} as project_id, {kind.key} as key, {_DAY[kind.at]} as day, {names}
    from {kind.table} join wallets using (organization_id)
), made as (
  select c.grain, c.since, p.organization_id, f.key, f.currency, p.project_id, {sums}
    from finer f cross join (values {grains}) g (grain)
    join usage_closings c on c.kind = '{kind.name}' and c.grain = g.grain and c.since = date_trunc(g.grain, f.day)::date
    join lateral (values (f.organization_id, f.project_id), ({NOBODY}, {NOBODY})) p (organization_id, project_id)
      on c.grain in ({each}) or p.organization_id = {NOBODY}
   group by 1, 2, 3, 4, 5, 6
), made_rows as (select {_CLOSED_KEYS}, row({names})::text as said from made),
kept_rows as (select {_CLOSED_KEYS}, row({names})::text as said from usage_closed where kind = '{kind.name}')
select row({_CLOSED_KEYS})::text as key, k.said as rolled_up, m.said as raw
  from kept_rows k full join made_rows m using ({_CLOSED_KEYS}) where k.said is distinct from m.said limit {_SHOWN}
""")  # noqa: S608 — constants of this package


def _heads(kind: str, grain: str, query: str) -> TextClause:
    """The kept heads of a day's or month's lists that are not what ranking them anew gives."""
    return text(f"""
select row(t.organization_id, t.project_id, t.since, t.currency)::text as key, row(t.*)::text as rolled_up, null as raw
  from (select * from usage_tops where kind = '{kind}' and grain = '{grain}' and since = :since
        except ({query})) t limit {_SHOWN}
""")  # noqa: S608 — constants of this package


async def verify(tx: Tx) -> Sequence[RollupBreak]:
    """The rows in which a roll-up differs from the records that were folded; none when all agree."""
    breaks: list[RollupBreak] = []
    for rollup in ROLLUPS:
        rows = await tx.execute(_comparison(rollup))
        breaks += [RollupBreak(rollup.table, row.key, row.rolled_up, row.raw) for row in rows]
    for kind in KINDS:
        rows = await tx.execute(_closed(kind))
        breaks += [
            RollupBreak(f"usage_closed ({kind.name})", row.key, row.rolled_up, row.raw) for row in rows
        ]
    return [*breaks, *await _wrong_heads(tx)]


async def _wrong_heads(tx: Tx) -> list[RollupBreak]:
    """Heads of lists, day by day and month by month."""
    breaks: list[RollupBreak] = []
    for row in (await tx.execute(text("select distinct kind, grain, since from usage_tops"))).all():
        facts = {"kind": row.kind, "grain": row.grain, "since": row.since, **lengths()}
        query = _heads(row.kind, row.grain, heads(row.kind, row.grain) or "")
        found = await tx.execute(query, facts)
        breaks += [RollupBreak("usage_tops", one.key, one.rolled_up, one.raw) for one in found]
    return breaks
