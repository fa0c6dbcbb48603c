"""Daily seals of the audit log: the hash of a day's last entry, and a hash tree over the entries since the seal before.

The tree lets one entry's place be proved without showing anybody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BigInteger, Date, LargeBinary, Table, column, func, select, table
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, metadata
from domain.errors import NotFound
from domain.merkle import path_of, root_of

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("day", Date, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    Column("first_sequence", BigInteger),
    Column("root", LargeBinary),
)
_audit = table("audit", column("sequence"), column("hash"), column("at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What is kept of the log at the end of a day (UTC): its last entry, and the root over those since `first`.

    Seals made before trees were have neither `first_sequence` nor `root`.
    """

    day: date
    sequence: int
    hash: bytes
    sealed_at: datetime
    first_sequence: int | None
    root: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry stands: its path to a root over entries `first` to `last`; `seal` is None before the day ends."""

    first: int
    last: int
    root: bytes
    path: Sequence[tuple[str, bytes]]
    seal: Seal | None


async def seal(tx: Tx, *, day: date, now: datetime) -> None:
    """Keeps the hash of the last entry before the end of a day (UTC), and the tree's root; a day is sealed once."""
    known = select(audit_seals.c.day).where(audit_seals.c.day == day)
    if (await tx.execute(known)).first() is not None:
        return
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    last = select(_audit.c.sequence, _audit.c.hash).where(_audit.c.at < end)
    row = (await tx.execute(last.order_by(_audit.c.sequence.desc()).limit(1))).first()
    if row is None:
        return
    before = select(func.max(audit_seals.c.sequence)).where(audit_seals.c.sequence <= row.sequence)
    first = ((await tx.execute(before)).scalar_one() or 0) + 1
    facts = {"day": day, "sequence": row.sequence, "hash": row.hash, "sealed_at": now}
    facts |= {"first_sequence": first, "root": root_of(await _hashes(tx, first, row.sequence))}
    await tx.execute(upsert(audit_seals).values(facts).on_conflict_do_nothing())


async def list_page(tx: Tx, *, before: date | None, limit: int) -> list[Seal]:
    """At most `limit` seals, the newest first."""
    query = select(audit_seals).order_by(audit_seals.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_seals.c.day < before)
    return [Seal(**row._asdict()) for row in await tx.execute(query)]


async def place_of(tx: Tx, *, number: int) -> Place:
    """The entry's place under the first seal that covers it; else among all entries since the last seal.

    Raises:
        NotFound: there is no such entry.
    """
    found = await _covering(tx, number)
    first = found.first_sequence if found and found.first_sequence else await _first_unsealed(tx, number)
    last = found.sequence if found else (await tx.execute(select(func.max(_audit.c.sequence)))).scalar_one()
    leaves = await _hashes(tx, first, last or 0)
    if not first <= number < first + len(leaves):
        raise NotFound("There is no such entry")
    path = path_of(leaves, number - first)
    return Place(first=first, last=first + len(leaves) - 1, root=root_of(leaves), path=path, seal=found)


async def find_broken_root(tx: Tx) -> Seal | None:
    """The first seal whose root is not that of the log's entries, or None."""
    query = select(audit_seals).where(audit_seals.c.root.is_not(None)).order_by(audit_seals.c.day)
    for row in (await tx.execute(query)).all():
        found = Seal(**row._asdict())
        if root_of(await _hashes(tx, found.first_sequence or 1, found.sequence)) != found.root:
            return found
    return None


async def _covering(tx: Tx, number: int) -> Seal | None:
    covers = (audit_seals.c.first_sequence <= number) & (audit_seals.c.sequence >= number)
    row = (await tx.execute(select(audit_seals).where(covers).order_by(audit_seals.c.day).limit(1))).first()
    return None if row is None else Seal(**row._asdict())


async def _first_unsealed(tx: Tx, number: int) -> int:
    """The first entry behind the last seal before `number`."""
    before = select(func.max(audit_seals.c.sequence)).where(audit_seals.c.sequence < number)
    return ((await tx.execute(before)).scalar_one() or 0) + 1


async def _hashes(tx: Tx, first: int, last: int) -> list[bytes]:
    """The hashes of entries `first` to `last`, in their order."""
    between = _audit.c.sequence.between(first, last)
    rows = await tx.execute(select(_audit.c.hash).where(between).order_by(_audit.c.sequence))
    return [bytes(found) for found in rows.scalars()]
