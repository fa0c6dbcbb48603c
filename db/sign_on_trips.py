"""Browsers on their way to a provider and back."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import LargeBinary, Table, delete, insert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.sign_on import Trip

sign_on_trips = Table(
    "sign_on_trips",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("sealed_verifier", Text, nullable=False),
    Column("back_to", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


async def begin(tx: Tx, trip: Trip, *, state_hash: bytes, now: datetime) -> None:
    """Remembers a browser that leaves for a provider, and forgets those that did not come back in time."""
    await tx.execute(delete(sign_on_trips).where(sign_on_trips.c.expires_at < now))
    await tx.execute(insert(sign_on_trips).values(asdict(trip) | {"state_hash": state_hash}))


async def end(tx: Tx, *, state_hash: bytes, now: datetime) -> Trip | None:
    """The trip a browser comes back from, if it is known and in time; it is gone afterwards."""
    statement = delete(sign_on_trips).where(sign_on_trips.c.state_hash == state_hash)
    row = (await tx.execute(statement.returning(*sign_on_trips.c))).first()
    if row is None or row.expires_at <= now:
        return None
    facts = row._asdict()
    facts.pop("state_hash")
    return Trip(**facts | {"browser_hash": bytes(row.browser_hash)})
