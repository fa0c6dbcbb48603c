"""What keeps the database in order by the calendar: partitions made ahead, old traces removed."""

from datetime import datetime, timedelta

from sqlalchemy import text

from db import challenges, guesses
from db.engine import Tx

PARTITIONED = ("usage", "usage_payloads")
MONTHS_AHEAD = 3
_LINKS = ("password_resets", "email_changes", "registrations", "passkey_challenges", "sign_on_trips")
SESSIONS_KEPT = timedelta(days=90)
DEVICES_KEPT = timedelta(days=400)
_OLD_SESSIONS = text("delete from sessions where coalesce(revoked_at, expires_at) < :before")
_OLD_DEVICES = text("delete from devices where last_seen_at < :before")

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


async def forget_sign_in_traces(tx: Tx, *, now: datetime) -> int:
    """Removes guesses that slow nobody down any more, links and questions that have ended, sessions that ended
    three months ago, and browsers in which nobody signed in for over a year; says how many.
    """
    removed = await guesses.forget_old(tx, now=now)
    removed += (await tx.execute(_OLD_SESSIONS, {"before": now - SESSIONS_KEPT})).rowcount
    removed += (await tx.execute(_OLD_DEVICES, {"before": now - DEVICES_KEPT})).rowcount
    removed += await challenges.forget_old(tx, now=now)
    for table in _LINKS:
        statement = text(f"delete from {table} where expires_at < :now")  # noqa: S608 — a name from here
        removed += (await tx.execute(statement, {"now": now})).rowcount
    return removed


async def list_zones(tx: Tx) -> list[str]:
    """Every time zone that has an organization."""
    query = text("select distinct time_zone from organizations order by 1")
    return list((await tx.execute(query)).scalars())
