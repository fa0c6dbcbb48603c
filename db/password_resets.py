"""Links to choose a new password: one for each person, the newest; gone when it is used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Uuid, metadata

password_resets = Table(
    "password_resets",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


async def put(tx: Tx, *, user_id: UUID, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
    """This link works, and no older one of the person."""
    facts = {"token_hash": token_hash, "created_at": now, "expires_at": expires_at}
    statement = upsert(password_resets).values(user_id=user_id, **facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=facts))


async def find(tx: Tx, *, token_hash: bytes, now: datetime) -> UUID | None:
    """Whose link it is, while it works; changes nothing."""
    mine = (password_resets.c.token_hash == token_hash) & (password_resets.c.expires_at > now)
    found: UUID | None = (
        await tx.execute(select(password_resets.c.user_id).where(mine))
    ).scalar_one_or_none()
    return found


async def take(tx: Tx, *, token_hash: bytes, now: datetime) -> UUID | None:
    """Uses the link up; None when it was used, replaced or is too old."""
    mine = (password_resets.c.token_hash == token_hash) & (password_resets.c.expires_at > now)
    statement = delete(password_resets).where(mine).returning(password_resets.c.user_id)
    found: UUID | None = (await tx.execute(statement)).scalar_one_or_none()
    return found


async def forget(tx: Tx, *, user_id: UUID) -> None:
    """No link of the person works any more."""
    await tx.execute(delete(password_resets).where(password_resets.c.user_id == user_id))
