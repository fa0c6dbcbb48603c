"""The audit log: appended under the lock of its head, never changed, proved from its start and against its seals."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, LargeBinary, Select, Table, func, insert, or_, select, text

from db.audit_seals import audit_seals, find_broken_root
from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Json, Text, Uuid, metadata
from domain.audit import GENESIS, SYSTEM, Actor, Break, Chained, Entry, chain, first_break, plain
from domain.errors import NotFound

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("organization_id", Uuid),
    Column("before", Json),
    Column("after", Json),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which entries to list; what is None does not limit.

    `action` is a whole one or its beginning up to a dot (`key` finds `key.create`); `actor` an id or a name.
    """

    organization_id: UUID | None = None
    action: str | None = None
    actor: str | None = None
    target_kind: str | None = None
    target_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def append(tx: Tx, entries: Sequence[Entry], *, actor: Actor | None = None) -> None:
    """Appends entries under their real time; last in its transaction, because others wait for the head.

    `actor` is whoever did all those that name nobody else.
    """
    if not entries:
        return
    sequence, previous = (await tx.execute(text("select sequence, hash from lock_audit_head()"))).one()
    at = datetime.now(UTC)
    rows: list[dict[str, object]] = []
    for entry in entries:
        sequence += 1
        by = actor if actor is not None and entry.actor is SYSTEM else entry.actor
        chained = chain(bytes(previous), sequence, at, replace(entry, actor=by))
        rows.append(_facts(chained))
        previous = chained.hash
    await tx.execute(insert(audit), rows)


async def list_page(tx: Tx, *, filters: Filters, before: int | None, limit: int) -> Sequence[Chained]:
    """At most `limit` entries that pass the filters, the newest first, numbered below `before`."""
    query = _filtered(filters).order_by(audit.c.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.sequence < before)
    return [_chained(row) for row in await tx.execute(query)]


async def get(tx: Tx, *, number: int) -> Chained:
    """The entry of that number.

    Raises:
        NotFound: there is none that the transaction may see.
    """
    row = (await tx.execute(select(audit).where(audit.c.sequence == number))).first()
    if row is None:
        raise NotFound("There is no such entry")
    return _chained(row)


async def walk(tx: Tx, *, filters: Filters) -> AsyncIterator[Sequence[Chained]]:
    """Every entry that passes the filters, from the first, in chunks."""
    after = 0
    while True:
        query = _filtered(filters).where(audit.c.sequence > after).order_by(audit.c.sequence).limit(CHUNK)
        chunk = [_chained(row) for row in await tx.execute(query)]
        if not chunk:
            return
        yield chunk
        after = chunk[-1].number


async def verify(tx: Tx) -> tuple[int, Break | None]:
    """How many entries hold, and the first break: in the chain, against a seal, or against the head."""
    number, previous = 0, GENESIS
    async for chunk in walk(tx, filters=Filters()):
        broken = first_break(chunk, number=number + 1, previous=previous)
        if broken is not None:
            return broken.number - 1, broken
        number, previous = chunk[-1].number, chunk[-1].hash
    return number, await _broken_witness(tx, number=number, last=previous)


async def _broken_witness(tx: Tx, *, number: int, last: bytes) -> Break | None:
    """A seal or the head that remembers another hash than the log holds."""
    query = (
        select(audit_seals.c.day, audit_seals.c.sequence)
        .outerjoin(audit, audit.c.sequence == audit_seals.c.sequence)
        .where(audit.c.hash.is_distinct_from(audit_seals.c.hash))
        .order_by(audit_seals.c.sequence)
    )
    seal_broken = (await tx.execute(query.limit(1))).first()
    if seal_broken is not None:
        return Break(seal_broken.sequence, f"the seal of {seal_broken.day} does not match the log")
    root_broken = await find_broken_root(tx)
    if root_broken is not None:
        return Break(root_broken.sequence, f"the sealed root of {root_broken.day} does not match the log")
    head = (await tx.execute(select(audit_head.c.sequence, audit_head.c.hash))).one()
    if (head.sequence, bytes(head.hash)) != (number, last):
        return Break(number + 1, f"the log ends at entry {number}, its head says {head.sequence}")
    return None


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The query of the entries that pass."""
    query = select(*audit.c)
    exact = ("organization_id", "target_kind", "target_id")
    for name in exact:
        value = getattr(filters, name)
        if value is not None:
            query = query.where(audit.c[name] == value)
    if filters.action is not None:
        begins = audit.c.action.startswith(f"{filters.action.rstrip('.')}.", autoescape=True)
        query = query.where(or_(audit.c.action == filters.action, begins))
    if filters.actor is not None:
        named = func.lower(audit.c.actor_name) == filters.actor.lower()
        query = query.where(or_(audit.c.actor_id == filters.actor, named))
    if filters.since is not None:
        query = query.where(audit.c.at >= filters.since)
    if filters.until is not None:
        query = query.where(audit.c.at < filters.until)
    return query


def _facts(chained: Chained) -> dict[str, object]:
    """A chained entry as a row."""
    entry = chained.entry
    return {
        "sequence": chained.number,
        "at": chained.at,
        "actor_kind": entry.actor.kind,
        "actor_id": str(entry.actor.id),
        "actor_name": entry.actor.name,
        "ip": entry.actor.ip,
        "request_id": entry.actor.request_id,
        "action": entry.action,
        "target_kind": entry.target_kind,
        "target_id": str(entry.target_id),
        "organization_id": entry.organization_id,
        "before": plain(entry.before),
        "after": plain(entry.after),
        "previous_hash": chained.previous_hash,
        "hash": chained.hash,
    }


def _chained(row: AnyRow) -> Chained:
    """A row as the domain knows it."""
    actor = Actor(row.actor_kind, row.actor_id, row.actor_name, row.ip, row.request_id)
    entry = Entry(
        row.action, row.target_kind, row.target_id, row.organization_id, row.before, row.after, actor
    )
    return Chained(row.sequence, row.at, entry, bytes(row.previous_hash), bytes(row.hash))
