"""Tax rates by country, region and day; append-only: a new rate is a new row."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Date, Integer, Table, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import Conflict
from domain.tax import TaxRate

tax_rates = Table(
    "tax_rates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("country", Text, nullable=False),
    Column("region", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("created_at", Instant, nullable=False),
)
_T = tax_rates.c


async def insert(tx: Tx, rate: TaxRate) -> None:
    """Writes a rate.

    Raises:
        Conflict: another one begins there on that day.
    """
    statement = upsert(tax_rates).values(asdict(rate)).on_conflict_do_nothing().returning(_T.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict(
            "A tax rate for this country and region begins on that day already; choose another day"
        )


async def list_page(
    tx: Tx, *, after: UUID | None, limit: int, country: str | None = None
) -> Sequence[TaxRate]:
    """At most `limit` rates, the newest first."""
    query = select(*_T).order_by(_T.id.desc()).limit(limit)
    if after is not None:
        query = query.where(_T.id < after)
    if country is not None:
        query = query.where(_T.country == country)
    return [TaxRate(**row._asdict()) for row in await tx.execute(query)]
