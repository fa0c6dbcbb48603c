"""What keeps the database in order by the calendar: partitions made ahead, old traces removed."""

from datetime import datetime, timedelta

from sqlalchemy import text

from db.engine import Tx

PARTITIONED = ("usage", "usage_payloads")
MONTHS_AHEAD = 3
ATTEMPTS_KEPT = timedelta(days=90)

_ENSURE = text("""
    select ensure_month_partition(:parent, (date_trunc('month', cast(:now as timestamptz) at time zone 'UTC')
                                           + make_interval(months => :ahead))::date)""")


async def ensure_partitions(tx: Tx, *, parent: str, now: datetime) -> int:
    """Makes the partitions of this month and the next three unless they are there; says how many were made."""
    made = 0
    for ahead in range(MONTHS_AHEAD + 1):
        values = {"parent": parent, "now": now, "ahead": ahead}
        made += bool((await tx.execute(_ENSURE, values)).scalar_one())
    return made


async def forget_sign_in_attempts(tx: Tx, *, now: datetime) -> int:
    """Removes attempts to sign in that are too old to lock anybody out; says how many."""
    query = text("delete from sign_in_attempts where attempted_at < :before")
    return (await tx.execute(query, {"before": now - ATTEMPTS_KEPT})).rowcount


async def list_zones(tx: Tx) -> list[str]:
    """Every time zone that has an organization."""
    query = text("select distinct time_zone from organizations order by 1")
    return list((await tx.execute(query)).scalars())
