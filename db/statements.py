"""The statement of a wallet: its postings with the balance after each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from domain.wallet import Movement


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement goes on: after this movement, whose preceding balance was `balance_nanos`."""

    posted_at: datetime
    posting_id: UUID
    balance_nanos: int


_MOVEMENTS = """
  select id as posting_id, entry_id, posted_at, cause, subject_id,
         case when credit like 'wallet:%' then split_part(credit, ':', 2) else split_part(debit, ':', 2) end as kind,
         case when credit like 'wallet:%' then amount_nanos else -amount_nanos end as amount_nanos
    from postings
   where organization_id = :organization_id
     and (debit in ('wallet:purchased', 'wallet:granted') or credit in ('wallet:purchased', 'wallet:granted'))
"""
_NEWEST = text(
    f"select * from ({_MOVEMENTS}) m where (posted_at, posting_id) < (:posted_at, :posting_id)"  # noqa: S608 — constant text
    " order by posted_at desc, posting_id desc limit :limit"
)
_OLDEST = text(f"{_MOVEMENTS} order by posted_at, id")


async def list_movements(tx: Tx, *, organization_id: UUID, after: Place, limit: int) -> list[Movement]:
    """One page of the statement, newest first, each with the balance after it."""
    facts = {"organization_id": organization_id, "limit": limit}
    found = await tx.execute(_NEWEST, {**facts, "posted_at": after.posted_at, "posting_id": after.posting_id})
    balance = after.balance_nanos
    movements = []
    for row in found:
        movements.append(Movement(**row._asdict(), balance_nanos=balance))
        balance -= row.amount_nanos
    return movements


async def stream_movements(tx: Tx, *, organization_id: UUID) -> AsyncIterator[Movement]:
    """The whole statement, oldest first, without holding it in memory."""
    balance = 0
    found = await tx.stream(_OLDEST, {"organization_id": organization_id})
    async for row in found:
        balance += row.amount_nanos
        yield Movement(**row._asdict(), balance_nanos=balance)
