"""Daily seals of the ledger: each holds a day's postings and the seal before it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BigInteger, Date, LargeBinary, Table, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, metadata

ledger_seals = Table(
    "ledger_seals",
    metadata,
    Column("day", Date, primary_key=True),
    Column("postings", BigInteger, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("sealed_at", Instant, nullable=False),
)
# What began before midnight has committed by then: no transaction takes so long.
_SETTLED = timedelta(hours=2)
_FIRST_DAY = text(
    "select (uuid_extract_timestamp(id) at time zone 'UTC')::date from postings order by id limit 1"
)
_SEAL = text("select postings, hash from ledger_seal(:day, :previous_hash)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSeal:
    """What is kept of the ledger at the end of a day (UTC); `previous_hash` is the seal's of the day before, or zeros."""

    day: date
    postings: int
    previous_hash: bytes
    hash: bytes
    sealed_at: datetime


async def seal_next(tx: Tx, *, now: datetime) -> LedgerSeal | None:
    """Seals the first day that is not sealed and has ended two hours ago; None when there is none.

    Key: the day. Two at the same moment seal it once: the second waits, and finds it sealed.
    """
    await tx.execute(text("select pg_advisory_xact_lock(hashtextextended('ledger_seals', 0))"))
    last = (await list_page(tx, before=None, limit=1) or [None])[0]
    day = last.day + timedelta(days=1) if last else (await tx.execute(_FIRST_DAY)).scalar()
    if day is None or datetime.combine(day + timedelta(days=1), time(), UTC) + _SETTLED > now:
        return None
    previous = last.hash if last else bytes(32)
    row = (await tx.execute(_SEAL, {"day": day, "previous_hash": previous})).one()
    seal = LedgerSeal(day=day, postings=row.postings, previous_hash=previous, hash=row.hash, sealed_at=now)
    facts = {name: getattr(seal, name) for name in LedgerSeal.__slots__}
    await tx.execute(upsert(ledger_seals).values(facts))
    return seal


async def list_page(tx: Tx, *, before: date | None, limit: int) -> list[LedgerSeal]:
    """At most `limit` seals, the newest first."""
    query = select(ledger_seals).order_by(ledger_seals.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(ledger_seals.c.day < before)
    return [LedgerSeal(**row._asdict()) for row in await tx.execute(query)]
