"""Browsers in which a person has signed in before; each holds a token of which the hash is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Uuid, metadata
from db.users import users
from domain.devices import MOST_KEPT

devices = Table(
    "devices",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
)


_TOO_OLD = text("""
delete from devices where user_id = :user_id and token_hash in (
  select token_hash from devices where user_id = :user_id order by last_seen_at desc, token_hash offset :most)""")


async def is_known(tx: Tx, *, email: str, token_hash: bytes) -> bool:
    """Whether the account of that e-mail was signed in with this browser before."""
    query = select(devices.c.user_id).join(users, users.c.id == devices.c.user_id)
    found = await tx.execute(query.where(users.c.email == email, devices.c.token_hash == token_hash))
    return found.first() is not None


async def count(tx: Tx, *, user_id: UUID) -> int:
    """In how many browsers a person has signed in."""
    query = select(func.count()).select_from(devices).where(devices.c.user_id == user_id)
    return (await tx.execute(query)).scalar_one()


async def remember(tx: Tx, *, user_id: UUID, token_hash: bytes, now: datetime) -> None:
    """The person has signed in with this browser now; of more than `MOST_KEPT` the longest unseen are forgotten."""
    facts = {"user_id": user_id, "token_hash": token_hash, "first_seen_at": now, "last_seen_at": now}
    statement = upsert(devices).values(facts)
    same = [devices.c.user_id, devices.c.token_hash]
    await tx.execute(statement.on_conflict_do_update(index_elements=same, set_={"last_seen_at": now}))
    await tx.execute(_TOO_OLD, {"user_id": user_id, "most": MOST_KEPT})


async def forget(tx: Tx, *, user_id: UUID) -> None:
    """No browser of the person is known any more."""
    await tx.execute(delete(devices).where(devices.c.user_id == user_id))
