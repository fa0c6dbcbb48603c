"""Authenticator apps and recovery codes; a code is taken once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata

authenticators = Table(
    "authenticators",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("last_step", BigInteger, nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """A person's app; it asks for codes from the moment it was confirmed by one."""

    user_id: UUID
    sealed_secret: str = field(repr=False)
    created_at: datetime
    confirmed_at: datetime | None
    last_step: int


async def find(tx: Tx, *, user_id: UUID) -> Authenticator | None:
    """The person's app, confirmed or not."""
    row = (await tx.execute(select(*authenticators.c).where(authenticators.c.user_id == user_id))).first()
    return None if row is None else Authenticator(**row._asdict())


async def lock(tx: Tx, *, user_id: UUID) -> Authenticator | None:
    """The same; its codes are made, and it is turned off, by one at a time."""
    query = select(*authenticators.c).where(authenticators.c.user_id == user_id).with_for_update()
    row = (await tx.execute(query)).first()
    return None if row is None else Authenticator(**row._asdict())


async def begin(tx: Tx, *, user_id: UUID, sealed_secret: str, now: datetime) -> bool:
    """Keeps the secret of an app that is being set up; False when one is confirmed already."""
    facts = {"sealed_secret": sealed_secret, "created_at": now, "confirmed_at": None, "last_step": 0}
    statement = upsert(authenticators).values(user_id=user_id, **facts)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id"], set_=facts, where=authenticators.c.confirmed_at.is_(None)
    )
    return (await tx.execute(statement.returning(authenticators.c.user_id))).first() is not None


async def confirm(tx: Tx, *, user_id: UUID, now: datetime) -> None:
    """From now on the app is asked for codes."""
    mine = authenticators.c.user_id == user_id
    await tx.execute(update(authenticators).where(mine).values(confirmed_at=now))


async def take_step(tx: Tx, *, user_id: UUID, step: int) -> bool:
    """Uses up the code of a 30-second step and of all before it; False when it was used up."""
    fresh = (authenticators.c.user_id == user_id) & (authenticators.c.last_step < step)
    return bool((await tx.execute(update(authenticators).where(fresh).values(last_step=step))).rowcount)


async def remove(tx: Tx, *, user_id: UUID) -> None:
    """The person has neither app nor recovery codes any more."""
    await tx.execute(delete(authenticators).where(authenticators.c.user_id == user_id))
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


async def replace_codes(tx: Tx, *, user_id: UUID, hashes: Sequence[bytes], now: datetime) -> None:
    """These recovery codes work, and no others."""
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    facts = [{"user_id": user_id, "code_hash": code, "created_at": now} for code in hashes]
    await tx.execute(insert(recovery_codes), facts)


async def take_code(tx: Tx, *, user_id: UUID, code_hash: bytes, now: datetime) -> bool:
    """Uses up a recovery code; False when there is no such code, or it was used."""
    mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == code_hash)
    statement = update(recovery_codes).where(mine, recovery_codes.c.used_at.is_(None)).values(used_at=now)
    return bool((await tx.execute(statement)).rowcount)


async def count_codes(tx: Tx, *, user_id: UUID) -> int:
    """How many recovery codes are left."""
    mine = (recovery_codes.c.user_id == user_id) & recovery_codes.c.used_at.is_(None)
    return (await tx.execute(select(func.count()).select_from(recovery_codes).where(mine))).scalar_one()
