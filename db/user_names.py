"""How people are called, where pages name who did something."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from db.engine import Tx
from db.users import users


async def names(tx: Tx, *, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those of them that exist; the address where somebody gave none."""
    if not user_ids:
        return {}
    query = select(users.c.id, users.c.name, users.c.email).where(users.c.id.in_(user_ids))
    return {row.id: row.name or row.email for row in await tx.execute(query)}
