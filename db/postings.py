"""The ledger: postings are inserted once per key and read; nothing else is possible."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Row, Table, Text, UniqueConstraint, Uuid, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert

from db.engine import Tx
from db.schema import Instant, metadata
from domain.errors import IdempotencyMismatch
from domain.posting import Posting

postings = Table(
    "postings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("entry_id", Uuid, nullable=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("amount_nanos", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("subject_id", Text, nullable=False, server_default=text("''")),
    Column("lot_id", Uuid, ForeignKey("credit_lots.id")),
    Column("key", Text, nullable=False),
    Column("posted_at", Instant, nullable=False),
    UniqueConstraint("key"),
)

_COLUMNS = tuple(column.name for column in postings.columns)
_SAME = ("organization_id", "debit", "credit", "amount_nanos", "currency", "cause", "subject_id", "lot_id")


async def insert(tx: Tx, entries: Sequence[Posting]) -> int:
    """Writes postings that are not there yet; returns how many were new.

    Each is written once per `key`; the input is compared with what stands under the key.

    Raises:
        IdempotencyMismatch: a key exists with another amount, account or organization; nothing may be committed.
    """
    if not entries:
        return 0
    rows = [{name: getattr(entry, name) for name in _COLUMNS} for entry in entries]
    statement = pg_insert(postings).on_conflict_do_nothing(index_elements=["key"]).returning(postings.c.key)
    written = {row.key for row in await tx.execute(statement, rows)}
    repeated = [entry for entry in entries if entry.key not in written]
    if repeated:
        await _compare(tx, repeated)
    return len(written)


async def _compare(tx: Tx, repeated: Sequence[Posting]) -> None:
    found = await tx.execute(select(postings).where(postings.c.key.in_([entry.key for entry in repeated])))
    standing = {row.key: row for row in found}
    for entry in repeated:
        row = standing[entry.key]
        if any(getattr(row, name) != getattr(entry, name) for name in _SAME):
            raise IdempotencyMismatch(
                f"posting {entry.key} was written before with other content", key=entry.key
            )


async def list_entry(tx: Tx, *, entry_id: UUID) -> list[Posting]:
    """All postings of one event, oldest first."""
    found = await tx.execute(select(postings).where(postings.c.entry_id == entry_id).order_by(postings.c.id))
    return [_posting(row) for row in found]


async def list_subject(tx: Tx, *, subject_id: str) -> list[Posting]:
    """All postings about one thing, for example an invoice's `in_…`, oldest first."""
    found = await tx.execute(
        select(postings)
        .where(postings.c.subject_id == subject_id)
        .order_by(postings.c.posted_at, postings.c.id)
    )
    return [_posting(row) for row in found]


def _posting(row: Row[Any]) -> Posting:
    return Posting(**{name: getattr(row, name) for name in _COLUMNS})
