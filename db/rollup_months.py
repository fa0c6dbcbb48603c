"""Months that have ended, each as sums of its own: made once from the finer roll-ups, late usage added as it comes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import TextClause, text

from db.engine import Tx

SUMS = (
    "requests",
    "errors",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "amount_nanos",
    "cost_nanos",
    "duration_ms",
    "timed",
)
# Most of what comes late comes within two days.
SETTLES = timedelta(days=2)
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
_COLUMNS = ", ".join(SUMS)
_TOTALS = ", ".join(f"sum({name})" for name in SUMS)
_ADDED = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in SUMS)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is summed by month: from which roll-up, under which organization and key."""

    name: str
    table: str
    at: str
    organization: str
    key: str


_MONTH_OF_HOUR = "date_trunc('month', hour at time zone 'UTC')::date"
_MONTH_OF_DAY = "date_trunc('month', day)::date"
_PRODUCT = "provider || '/' || model"
KINDS = (
    Kind("platform", "usage_by_platform", _MONTH_OF_HOUR, _NOBODY, f"currency || '/' || {_PRODUCT}"),
    Kind("model", "usage_by_model", _MONTH_OF_HOUR, "organization_id", _PRODUCT),
    Kind("project", "usage_by_project", _MONTH_OF_HOUR, "organization_id", "project_id::text"),
    Kind("user", "usage_by_user", _MONTH_OF_DAY, "organization_id", "end_user"),
    Kind("key", "usage_by_key", _MONTH_OF_DAY, "organization_id", "api_key_id"),
    Kind("bot", "usage_by_bot", _MONTH_OF_DAY, "organization_id", "bot_id"),
)
# One part of the folding statement; `facts` are the records of the batches that are folded.
LATE_INTO_MONTHS = f"""late as (
  select k.organization_id, m.month, k.kind, k.key, {", ".join(f"f.{name}" for name in SUMS)}
  from (select * from facts join wallets using (organization_id)) f
    join usage_months m on m.month = date_trunc('month', f.day)::date
    join lateral (values {", ".join(f"('{kind.name}', {kind.organization}, {kind.key})" for kind in KINDS)})
      as k (kind, organization_id, key) on k.kind = m.kind and k.key is not null
), into_months as (
  insert into usage_by_month as t (organization_id, month, kind, key, {_COLUMNS})
  select organization_id, month, kind, key, {_TOTALS} from late group by 1, 2, 3, 4 order by 1, 3, 2, 4
  on conflict (organization_id, kind, month, key) do update set {_ADDED})"""  # noqa: S608 — constants of this file
_OPEN = text("""
select k.kind, p.month from unnest(cast(:kinds as text[])) as k (kind)
 cross join (select distinct date_trunc('month', hour at time zone 'UTC')::date as month from usage_by_platform) p
 where p.month < :before and not exists (select from usage_months m where m.kind = k.kind and m.month = p.month)
 order by p.month, k.kind limit 1
""")
_CLOSED = text("insert into usage_months (month, kind, closed_at) values (:month, :kind, :now)")
_BOUNDS = {
    _MONTH_OF_HOUR: "hour >= cast(:month as timestamp) at time zone 'UTC' and hour < cast(:next as timestamp) at time zone 'UTC'",
    _MONTH_OF_DAY: "day >= :month and day < :next",
}


def _summing(kind: Kind) -> TextClause:
    """The statement that makes a month of one kind."""
    return text(f"""
insert into usage_by_month (organization_id, month, kind, key, {_COLUMNS})
select {kind.organization}, cast(:month as date), '{kind.name}', {kind.key}, {_TOTALS}
  from {kind.table} where {_BOUNDS[kind.at]} group by 1, 4 order by 1, 4""")  # noqa: S608 — constants of this file


_MAKE = {kind.name: _summing(kind) for kind in KINDS}


async def close_one(tx: Tx, *, now: datetime) -> bool:
    """Makes the sums of one kind of one ended month; False when none is left. The caller holds the folding lock."""
    before = (now - SETTLES).date().replace(day=1)
    names = [kind.name for kind in KINDS]
    row = (await tx.execute(_OPEN, {"kinds": names, "before": before})).first()
    if row is None:
        return False
    await tx.execute(_MAKE[row.kind], {"month": row.month, "next": _next(row.month)})
    await tx.execute(_CLOSED, {"month": row.month, "kind": row.kind, "now": now})
    return True


async def any_closed(tx: Tx, *, since: datetime, until: datetime) -> bool:
    """Whether a month between two instants is closed."""
    query = text("select exists (select from usage_months where month between :first and :last)")
    months = {"first": since.date().replace(day=1), "last": until.date()}
    return (await tx.execute(query, months)).scalar_one()


async def closed(tx: Tx, *, kind: str, since: date, until: date) -> list[date]:
    """The closed months that lie wholly between two days (the second not included), oldest first."""
    query = text(
        "select month from usage_months where kind = :kind and month >= :since and month < :until order by 1"
    )
    months = (await tx.execute(query, {"kind": kind, "since": since, "until": until})).scalars()
    return [month for month in months if _next(month) <= until]


def _next(month: date) -> date:
    """The first of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
