"""Links of which each owner has one, the newest: kept by their hash, good for a while, gone when used."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx

Owner = TypeVar("Owner", UUID, str)


class NewestLinks(Generic[Owner]):
    """The links of a table whose primary key is their owner."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._owner: Column[Owner] = next(iter(table.primary_key))

    async def put(
        self, tx: Tx, owner: Owner, *, token_hash: bytes, now: datetime, expires_at: datetime
    ) -> None:
        """This link works, and no older one of its owner."""
        facts = {"token_hash": token_hash, "created_at": now, "expires_at": expires_at}
        statement = upsert(self._table).values({self._owner.name: owner, **facts})
        await tx.execute(statement.on_conflict_do_update(index_elements=[self._owner], set_=facts))

    async def find(self, tx: Tx, *, token_hash: bytes, now: datetime) -> Owner | None:
        """Whose link it is, while it works; changes nothing."""
        query = select(self._owner).where(self._works(token_hash, now))
        return (await tx.execute(query)).scalar_one_or_none()

    async def take(self, tx: Tx, *, token_hash: bytes, now: datetime) -> Owner | None:
        """Uses the link up; None when it was used, replaced or is too old."""
        statement = delete(self._table).where(self._works(token_hash, now)).returning(self._owner)
        return (await tx.execute(statement)).scalar_one_or_none()

    async def forget(self, tx: Tx, owner: Owner) -> None:
        """No link of the owner works any more."""
        await tx.execute(delete(self._table).where(self._owner == owner))

    def _works(self, token_hash: bytes, now: datetime) -> ColumnElement[bool]:
        return (self._table.c.token_hash == token_hash) & (self._table.c.expires_at > now)
