"""One database, three roles: the application's, and those that clients' and contractors' requests run under.

Both are roles of the same connection user. `backoffice_app` may not change postings or audit entries;
`backoffice_client` sees, through row-level security, only the organization named in the transaction, and
`backoffice_contractor` only the organizations named there.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
from sqlalchemy import exc, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Tx = AsyncConnection
# What a transaction may fail by without a mistake of ours: the database refuses, is away or takes too long.
FAULTS = (SQLAlchemyError, OSError)
# What a transaction fails by when the database is not there, or not for us: a wrong address, name or password.
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, psycopg.OperationalError)

_AS_CLIENT = text(
    "select set_config('role', 'backoffice_client', true), set_config('backoffice.organization_id', :organization_id, true)"
)

_AS_CONTRACTOR = text(
    "select set_config('role', 'backoffice_contractor', true), set_config('backoffice.organization_ids', :organization_ids, true)"
)

_PLANNED_ANEW = text("set local plan_cache_mode = force_custom_plan")


async def plan_for_values(tx: Tx) -> None:
    """Lets each statement of the transaction be planned for its own values, not once for any.

    Planning takes a millisecond; where values decide between indexes, or how many days are read, it saves ten and more.
    """
    await tx.execute(_PLANNED_ANEW)


class Database:
    """A pool of connections; belongs to the event loop that opened it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, pool_size: int = 10, role: str = "backoffice_app") -> "Database":
        """A database at a `postgresql://` URL; connects on first use."""
        engine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=30,
            pool_pre_ping=True,
            connect_args={"options": f"-c role={role} -c timezone=UTC", "prepare_threshold": 2},
        )
        return cls(engine)

    @property
    def url(self) -> str:
        """The `postgresql://` URL, password included: for what needs a connection of its own kind."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """A transaction of the application: committed at the end, rolled back by any exception."""
        async with self.engine.begin() as tx:
            yield tx

    @asynccontextmanager
    async def client(self, organization_id: UUID) -> AsyncIterator[Tx]:
        """A transaction that sees one organization only, whatever its queries ask for."""
        async with self.engine.begin() as tx:
            await tx.execute(_AS_CLIENT, {"organization_id": str(organization_id)})
            yield tx

    @asynccontextmanager
    async def assigned(self, organization_ids: Collection[UUID]) -> AsyncIterator[Tx]:
        """A transaction that sees these organizations only, whatever its queries ask for."""
        async with self.engine.begin() as tx:
            listed = ",".join(str(organization_id) for organization_id in organization_ids)
            await tx.execute(_AS_CONTRACTOR, {"organization_ids": listed})
            yield tx

    async def close(self) -> None:
        """Closes every connection; call before the event loop ends."""
        await self.engine.dispose()
