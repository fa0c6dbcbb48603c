"""Days and months that have ended, each as sums of its own: made once from the finer roll-ups.

A month is kept for each organization and for everybody. A day is kept for everybody, and for each organization only
where the finer roll-up is by hour: the others are days of organizations already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import TextClause, text

from db import rollup_tops
from db.engine import Tx
from db.rollup_tables import NOBODY, SUMS

Grain = Literal["day", "month"]
# Most of what comes late comes within two hours, nearly all within two days.
DAY_SETTLES, MONTH_SETTLES = timedelta(hours=2), timedelta(days=2)
_COLUMNS = ", ".join(SUMS)
_TOTALS = ", ".join(f"sum({name})" for name in SUMS)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is summed: from which roll-up, under which key and project, and for which grains."""

    name: str
    table: str
    at: Literal["hour", "day"]
    key: str
    project: str
    grains: tuple[Grain, ...]

    def keeps_each(self, grain: Grain) -> bool:
        """Whether a day or month is kept for each organization, too."""
        return grain == "month" or self.at == "hour"


KINDS = (
    Kind("model", "usage_by_model", "hour", "provider || '/' || model", NOBODY, ("day", "month")),
    Kind("project", "usage_by_project", "hour", "project_id::text", NOBODY, ("day", "month")),
    Kind("user", "usage_by_user", "day", "end_user", "within_project_id", ("day", "month")),
    Kind("key", "usage_by_key", "day", "api_key_id", "within_project_id", ("day", "month")),
    Kind("bot", "usage_by_bot", "day", "bot_id", "within_project_id", ("day", "month")),
)
GRAINS = tuple((kind, grain) for kind in KINDS for grain in kind.grains)
_WITHIN = {
    "hour": "hour >= cast(:since as timestamp) at time zone 'UTC' and hour < cast(:next as timestamp) at time zone 'UTC'",
    "day": "day >= :since and day < :next",
}
_OPEN = text(f"""
with days as (
  select day::date from generate_series((select min(hour) at time zone 'UTC' from usage_by_platform)::date,
                                        cast(:before_day as date) - 1, interval '1 day') day
), ended as (
  select 'day' as grain, day as since from days
  union select 'month', date_trunc('month', day)::date from days where date_trunc('month', day) < :before_month
)
select k.kind, k.grain, e.since
  from ended e join (values {", ".join(f"('{kind.name}', '{grain}')" for kind, grain in GRAINS)}) k (kind, grain) using (grain)
 where not exists (select from usage_closings c where c.kind = k.kind and c.grain = k.grain and c.since = e.since)
 order by e.since desc, k.grain, k.kind limit 1
""")  # noqa: S608 — constants of this file
_CLOSED = text("insert into usage_closings values (:kind, :grain, :since, :now, false)")
_KNOWN = text("""
select grain, since from usage_closings where kind = :kind and since >= :since and since < :until order by since
""")


def rows(kind: Kind) -> str:
    """The sums of one kind by organization, from the finer roll-up, between `:since` and `:next`."""
    named = ", ".join(f"sum({name})::bigint as {name}" for name in SUMS)
    return f"""
select organization_id, currency, project_id, key, {_COLUMNS} from (
  select organization_id, {kind.key} as key, {kind.project} as project_id, {named}
    from {kind.table} where {_WITHIN[kind.at]} group by 1, 2, 3) s join wallets using (organization_id)"""  # noqa: S608 — constants of this file


def _making(kind: Kind, grain: Grain) -> TextClause:
    """The statement that makes a day or a month of one kind."""
    names = f"kind, grain, since, organization_id, key, currency, project_id, {_COLUMNS}"
    start = f"insert into usage_closed ({names}) select '{kind.name}', '{grain}', cast(:since as date)"
    each = (
        f"each as ({start}, organization_id, key, currency, project_id, {_COLUMNS} from rows order by 4, 5),"
    )
    everybody = f"everybody as ({start}, {NOBODY}, key, currency, {NOBODY}, {_TOTALS} from rows group by 5, 6 order by 5)"
    parts = f"rows as materialized ({rows(kind)}), {each if kind.keeps_each(grain) else ''} {everybody}"
    return text(f"with {parts} select 1")


_MAKE = {(kind.name, grain): _making(kind, grain) for kind, grain in GRAINS}


async def close_one(tx: Tx, *, now: datetime) -> bool:
    """Makes the sums of one kind of one ended day or month, or ranks one anew; False when all is done.

    The caller holds the folding lock.
    """
    ended = {
        "before_day": (now - DAY_SETTLES).date(),
        "before_month": (now - MONTH_SETTLES).date().replace(day=1),
    }
    row = (await tx.execute(_OPEN, ended)).first()
    if row is None:
        return await rollup_tops.rank_one(tx)
    bounds = {"since": row.since, "next": after(row.grain, row.since)}
    await tx.execute(_MAKE[row.kind, row.grain], bounds)
    await tx.execute(_CLOSED, {"kind": row.kind, "grain": row.grain, "since": row.since, "now": now})
    await rollup_tops.rank(tx, kind=row.kind, grain=row.grain, since=row.since)
    return True


async def any_closed(tx: Tx, *, since: datetime, until: datetime) -> bool:
    """Whether a day or month between two instants is closed."""
    query = text("""select exists (select from usage_closings
       where grain = 'day' and since between :day and :last or grain = 'month' and since between :month and :last)""")
    days = {"day": since.date(), "month": since.date().replace(day=1), "last": until.date()}
    return (await tx.execute(query, days)).scalar_one()


async def closed(tx: Tx, *, kind: str, since: date, until: date) -> tuple[Sequence[date], Sequence[date]]:
    """The closed months and days that lie wholly between two days (the second not included), oldest first."""
    found = (await tx.execute(_KNOWN, {"kind": kind, "since": since, "until": until})).all()
    months = [row.since for row in found if row.grain == "month" and after("month", row.since) <= until]
    return months, [row.since for row in found if row.grain == "day"]


def after(grain: Grain, since: date) -> date:
    """The first day after a day or month."""
    if grain == "day":
        return since + timedelta(days=1)
    return date(since.year + since.month // 12, since.month % 12 + 1, 1)
