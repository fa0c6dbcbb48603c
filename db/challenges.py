"""People who have passed the first of two steps and are asked for the second."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, insert, select

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.user import SignInMethod

sign_in_challenges = Table(
    "sign_in_challenges",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("method", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Who is asked, and how they passed the first step; opens nothing by itself."""

    token_hash: bytes
    user_id: UUID
    method: SignInMethod
    created_at: datetime
    expires_at: datetime


async def insert_one(tx: Tx, made: Challenge) -> None:
    """Keeps a question, and forgets the old ones of its person."""
    old = (sign_in_challenges.c.user_id == made.user_id) & (sign_in_challenges.c.expires_at < made.created_at)
    await tx.execute(delete(sign_in_challenges).where(old))
    facts = {column.name: getattr(made, column.name) for column in sign_in_challenges.c}
    await tx.execute(insert(sign_in_challenges).values(facts))


async def find(tx: Tx, *, token_hash: bytes, now: datetime) -> Challenge | None:
    """The question, while it stands."""
    open_ones = (sign_in_challenges.c.token_hash == token_hash) & (sign_in_challenges.c.expires_at > now)
    row = (await tx.execute(select(*sign_in_challenges.c).where(open_ones))).first()
    return None if row is None else Challenge(**row._asdict())


async def take(tx: Tx, *, token_hash: bytes) -> bool:
    """Ends the question: one answer opens one session; False when it was ended before."""
    gone = await tx.execute(delete(sign_in_challenges).where(sign_in_challenges.c.token_hash == token_hash))
    return bool(gone.rowcount)


async def forget(tx: Tx, *, user_id: UUID) -> None:
    """Whoever passed the first step as this person begins again."""
    await tx.execute(delete(sign_in_challenges).where(sign_in_challenges.c.user_id == user_id))


async def forget_old(tx: Tx, *, now: datetime) -> int:
    """Removes questions nobody answered in time; says how many."""
    return (
        await tx.execute(delete(sign_in_challenges).where(sign_in_challenges.c.expires_at < now))
    ).rowcount
