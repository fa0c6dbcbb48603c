"""Changes of an e-mail address on their way: confirmed at both addresses, then made; one for each person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata

email_changes = Table(
    "email_changes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("old_token_hash", LargeBinary, nullable=False),
    Column("new_token_hash", LargeBinary, nullable=False),
    Column("old_confirmed_at", Instant),
    Column("new_confirmed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Side = Literal["old", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChange:
    """Whose address becomes `email` once both have confirmed."""

    user_id: UUID
    email: str
    old_token_hash: bytes
    new_token_hash: bytes
    old_confirmed_at: datetime | None
    new_confirmed_at: datetime | None
    created_at: datetime
    expires_at: datetime

    def side_of(self, token_hash: bytes) -> Side:
        """Which address the link went to."""
        return "old" if token_hash == self.old_token_hash else "new"


async def put(tx: Tx, change: EmailChange) -> None:
    """This change waits, and no older one of the person."""
    facts = {column.name: getattr(change, column.name) for column in email_changes.c}
    statement = upsert(email_changes).values(facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=facts))


async def find_of(tx: Tx, *, user_id: UUID, now: datetime) -> EmailChange | None:
    """The person's change that waits."""
    query = select(*email_changes.c).where(
        email_changes.c.user_id == user_id, email_changes.c.expires_at > now
    )
    row = (await tx.execute(query)).first()
    return None if row is None else EmailChange(**row._asdict())


async def find(tx: Tx, *, token_hash: bytes, now: datetime, lock: bool = False) -> EmailChange | None:
    """The change a link belongs to, while it waits; locked until the transaction ends when asked."""
    either = (email_changes.c.old_token_hash == token_hash) | (email_changes.c.new_token_hash == token_hash)
    query = select(*email_changes.c).where(either, email_changes.c.expires_at > now)
    row = (await tx.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else EmailChange(**row._asdict())


async def confirm(tx: Tx, *, user_id: UUID, side: Side, now: datetime) -> None:
    """That address has confirmed."""
    mine = update(email_changes).where(email_changes.c.user_id == user_id)
    await tx.execute(mine.values({f"{side}_confirmed_at": now}))


async def remove(tx: Tx, *, user_id: UUID) -> bool:
    """No change of the person waits any more; False when none did."""
    gone = await tx.execute(delete(email_changes).where(email_changes.c.user_id == user_id))
    return bool(gone.rowcount)
