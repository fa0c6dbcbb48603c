"""What each organization spent in its running month and in thirty days, kept ready to be put in order."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Table, text

from db.engine import Tx
from db.schema import Column, Instant, Uuid, metadata

SPENT_WITHIN = timedelta(days=30)
account_sums = Table(
    "account_sums",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("month_nanos", BigInteger, nullable=False),
    Column("thirty_days_nanos", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
_ALONE = text("select pg_try_advisory_xact_lock(7262250)")
# The month begins in the organization's own time zone; the roll-up's hours are whole hours of UTC.
_COUNT = """
insert into account_sums as t (organization_id, month_nanos, thirty_days_nanos, requests, changed_at)
select o.id, u.month_nanos, u.thirty_days_nanos, u.requests, :now
  from organizations o
  cross join lateral (
    select date_trunc('month', cast(:now as timestamptz) at time zone o.time_zone) at time zone o.time_zone as month) z
  cross join lateral (
    select coalesce(sum(amount_nanos) filter (where hour >= z.month), 0)::bigint as month_nanos,
           coalesce(sum(amount_nanos) filter (where hour >= :since), 0)::bigint as thirty_days_nanos,
           coalesce(sum(requests) filter (where hour >= :since), 0)::bigint as requests
      from usage_by_hour where organization_id = o.id and hour >= least(z.month, :since)) u
 {changed}
 order by o.id
on conflict (organization_id) do update
   set month_nanos = excluded.month_nanos, thirty_days_nanos = excluded.thirty_days_nanos,
       requests = excluded.requests, changed_at = excluded.changed_at
 where (t.month_nanos, t.thirty_days_nanos, t.requests)
       is distinct from (excluded.month_nanos, excluded.thirty_days_nanos, excluded.requests)
"""
_COUNT_ALL = text(_COUNT.format(changed=""))
# What was used and costs something is posted in the same moment.
_COUNT_CHANGED = text(
    _COUNT.format(
        changed="where o.id in (select organization_id from postings where posted_at >= :posted_since)"
    )
)


async def count(tx: Tx, *, now: datetime, posted_since: datetime | None = None) -> int:
    """The sums are those of the roll-ups; says how many changed. Nothing is done while somebody else counts.

    With `posted_since` only organizations with postings since then are counted: with very many of them the others,
    whose windows merely move on, need not be read every time.
    """
    if not (await tx.execute(_ALONE)).scalar_one():
        return 0
    facts = {"now": now, "since": now - SPENT_WITHIN}
    if posted_since is None:
        return (await tx.execute(_COUNT_ALL, facts)).rowcount
    return (await tx.execute(_COUNT_CHANGED, facts | {"posted_since": posted_since})).rowcount
