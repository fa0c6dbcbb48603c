"""Provider list prices in US dollars: seeded once, refreshed on request, used for provider cost."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, func, select, text, tuple_

from db.engine import Tx
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.price import ListPrice, Rates

list_prices = Table(
    "list_prices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("input_per_million_nanos", BigInteger, nullable=False),
    Column("output_per_million_nanos", BigInteger, nullable=False),
    Column("cached_input_per_million_nanos", BigInteger),
    Column("effective_at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
_INSERT = text("""
insert into list_prices
select * from json_to_recordset(cast(:rows as json)) as given (
  id uuid, provider text, model text, input_per_million_nanos bigint, output_per_million_nanos bigint,
  cached_input_per_million_nanos bigint, effective_at timestamptz, source text, created_at timestamptz)
on conflict (provider, model, effective_at) do nothing
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which list prices to show; what is None does not limit.

    `at` keeps only those in force then; `search` is a part of `provider/model` in any case.
    """

    provider: str | None = None
    model: str | None = None
    at: datetime | None = None
    search: str | None = None


async def is_empty(tx: Tx) -> bool:
    """Whether nothing was seeded yet."""
    return not (await tx.execute(select(exists(select(list_prices.c.id))))).scalar_one()


async def lock(tx: Tx) -> None:
    """Lets one transaction at a time seed or refresh; ends with the transaction."""
    await tx.execute(select(func.pg_advisory_xact_lock(7_262_014)))


async def insert_missing(tx: Tx, found: Sequence[ListPrice]) -> int:
    """Adds, in one statement, those that begin at an instant not known yet; gives how many were new."""
    rows = json.dumps([_facts(price) for price in found], default=str)
    return (await tx.execute(_INSERT, {"rows": rows})).rowcount


async def find(tx: Tx, *, provider: str, model: str, at: datetime) -> ListPrice | None:
    """The list price of a model in force at an instant."""
    query = _filtered(Filters(provider=provider, model=model)).where(list_prices.c.effective_at <= at)
    row = (await tx.execute(query.order_by(list_prices.c.effective_at.desc()).limit(1))).first()
    return None if row is None else _list_price(row)


async def in_force(
    tx: Tx, *, models: Collection[tuple[str, str]], at: datetime
) -> dict[tuple[str, str], ListPrice]:
    """The list prices in force at an instant, by (provider, model), of those models that are listed."""
    named = tuple_(list_prices.c.provider, list_prices.c.model).in_(models)
    rows = await tx.execute(_filtered(Filters(at=at)).where(named))
    return {(row.provider, row.model): _list_price(row) for row in rows}


async def get(tx: Tx, *, list_price_id: UUID) -> ListPrice:
    """The list price; it must exist."""
    row = (await tx.execute(select(list_prices).where(list_prices.c.id == list_price_id))).one()
    return _list_price(row)


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[ListPrice]:
    """At most `limit` list prices that pass, the newest entry first."""
    query = _filtered(filters).order_by(list_prices.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(list_prices.c.id < after)
    return [_list_price(row) for row in await tx.execute(query)]


async def list_all(tx: Tx) -> Sequence[ListPrice]:
    """Every list price; a few thousand."""
    rows = await tx.execute(_filtered(Filters()))
    return [_list_price(row) for row in rows]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The query of those that pass."""
    query = select(*list_prices.c)
    if filters.provider is not None:
        query = query.where(list_prices.c.provider == filters.provider)
    if filters.model is not None:
        query = query.where(list_prices.c.model == filters.model)
    if filters.at is not None:
        query = query.where(list_prices.c.id.in_(_in_force(filters.at)))
    if filters.search is not None:
        named = list_prices.c.provider + "/" + list_prices.c.model
        query = query.where(named.icontains(filters.search, autoescape=True))
    return query


def _in_force(at: datetime) -> Select[tuple[UUID]]:
    """The ids of those in force at an instant."""
    table = list_prices.c
    rank = func.row_number().over(
        partition_by=[table.provider, table.model], order_by=table.effective_at.desc()
    )
    ranked = select(table.id, rank.label("place")).where(table.effective_at <= at).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def _facts(price: ListPrice) -> dict[str, object]:
    """A list price as a row."""
    return {
        "id": price.id,
        "provider": price.provider,
        "model": price.model,
        "input_per_million_nanos": price.rates.input_nanos,
        "output_per_million_nanos": price.rates.output_nanos,
        "cached_input_per_million_nanos": price.rates.cached_input_nanos,
        "effective_at": price.effective_at,
        "source": price.source,
        "created_at": price.created_at,
    }


def _list_price(row: AnyRow) -> ListPrice:
    """A row as the domain knows it."""
    rates = Rates(
        input_nanos=row.input_per_million_nanos,
        output_nanos=row.output_per_million_nanos,
        cached_input_nanos=row.cached_input_per_million_nanos,
    )
    return ListPrice(
        id=row.id,
        provider=row.provider,
        model=row.model,
        rates=rates,
        effective_at=row.effective_at,
        source=row.source,
        created_at=row.created_at,
    )
