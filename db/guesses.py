"""Wrong guesses, counted under keyed hashes: neither accounts nor addresses can be read from them.

A guess is charged before it is checked, so that guesses made at the same moment are counted too.
"""

from datetime import datetime, timedelta

from sqlalchemy import Integer, LargeBinary, Table, bindparam, case, delete, text, update

from db.engine import Tx
from db.schema import Column, Instant, metadata
from domain.guessing import Patience

guesses = Table(
    "guesses",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant, nullable=False),
    Column("blocked_until", Instant, nullable=False),
)
# Where there is no wait, `blocked_until` lies well in the past: clocks of requests at the same moment differ.
_CHARGE = text("""
    with counted as (insert into guesses as g (key, failures, failed_at, blocked_until) values (:key, 1, :now, :forgotten)
    on conflict (key) do update set (failures, failed_at, blocked_until) = (
      select f, :now, case when wait = 0 then :forgotten else :now + make_interval(secs => wait) end
      from (select case when g.failed_at < :forgotten then 1 else g.failures + 1 end as f) counted,
        lateral (select (cast(:waits as float8[]))[least(f, cardinality(cast(:waits as float8[])))] as wait) told)
    where g.blocked_until <= :now
    returning failures)
    select (select failures from counted) as failures,
      (select blocked_until from guesses where key = :key) as blocked_until""").bindparams(
    bindparam("now", type_=Instant), bindparam("forgotten", type_=Instant)
)


async def charge(tx: Tx, *, key: bytes, patience: Patience, now: datetime) -> datetime | None:
    """Counts a guess as wrong until it is taken back; None, or until when nothing may be tried."""
    facts = {"key": key, "now": now, "waits": patience.waits(), "forgotten": now - patience.forgotten_after}
    counted = (await tx.execute(_CHARGE, facts)).one()
    # Refused without a row in sight: another request has just made it wait.
    blocked: datetime = counted.blocked_until or now
    return None if counted.failures is not None else blocked


async def without_waiting_for_the_disk(tx: Tx) -> None:
    """A transaction that only counts guesses need not survive a crash of the server by milliseconds."""
    await tx.execute(text("set local synchronous_commit = off"))


async def forget(tx: Tx, *, key: bytes) -> None:
    """Nothing was guessed wrong here."""
    await tx.execute(delete(guesses).where(guesses.c.key == key))


async def take_back(tx: Tx, *, key: bytes, patience: Patience, now: datetime) -> None:
    """One charged guess was right; the others stay counted."""
    mine = guesses.c.key == key
    await tx.execute(delete(guesses).where(mine, guesses.c.failures <= 1))
    left = guesses.c.failures - 1
    until = case((left < patience.free, now - patience.forgotten_after), else_=guesses.c.blocked_until)
    await tx.execute(update(guesses).where(mine).values(failures=left, blocked_until=until))


async def forget_old(tx: Tx, *, now: datetime, kept: timedelta = timedelta(days=2)) -> int:
    """Removes what slows nobody down any more; says how much."""
    return (await tx.execute(delete(guesses).where(guesses.c.failed_at < now - kept))).rowcount
