"""Addresses that want an account: one link for each, the newest; gone when it is used."""

from datetime import datetime

from sqlalchemy import LargeBinary, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, metadata

registrations = Table(
    "registrations",
    metadata,
    Column("email", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


async def put(tx: Tx, *, email: str, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
    """This link works, and no older one for the address."""
    facts = {"token_hash": token_hash, "created_at": now, "expires_at": expires_at}
    statement = upsert(registrations).values(email=email, **facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["email"], set_=facts))


async def find(tx: Tx, *, token_hash: bytes, now: datetime) -> str | None:
    """Whose address the link proves, while it works; changes nothing."""
    mine = (registrations.c.token_hash == token_hash) & (registrations.c.expires_at > now)
    found: str | None = (await tx.execute(select(registrations.c.email).where(mine))).scalar_one_or_none()
    return found


async def take(tx: Tx, *, token_hash: bytes, now: datetime) -> str | None:
    """Uses the link up; None when it was used, replaced or is too old."""
    mine = (registrations.c.token_hash == token_hash) & (registrations.c.expires_at > now)
    statement = delete(registrations).where(mine).returning(registrations.c.email)
    found: str | None = (await tx.execute(statement)).scalar_one_or_none()
    return found
