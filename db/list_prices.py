"""Provider list prices in US dollars: seeded once, refreshed on request, used for provider cost."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, func, select, text, tuple_

from db.engine import Tx
from db.price_tiers import columns_of, rates_of, tiers_of, with_tiers
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.price import ListPrice
from domain.rates import Tier

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
    Column("tier_of", Uuid),
    Column("above_tokens", BigInteger, nullable=False, server_default="0"),
)
_VERSION = list_prices.c.tier_of.is_(None)
_INSERT = text("""
with given as materialized (
  select * from json_to_recordset(cast(:rows as json)) as given (
    id uuid, provider text, model text, input_per_million_nanos bigint, output_per_million_nanos bigint,
    cached_input_per_million_nanos bigint, effective_at timestamptz, source text, created_at timestamptz,
    tier_of uuid, above_tokens bigint)
), versions as (
  insert into list_prices select * from given where tier_of is null on conflict do nothing returning id
), tiers as (
  insert into list_prices select g.* from given g join versions v on v.id = g.tier_of
)
select count(*) from versions
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
    rows = [row for price in found for row in with_tiers(_facts(price), price.tiers)]
    return (await tx.execute(_INSERT, {"rows": json.dumps(rows, default=str)})).scalar_one()


async def find(tx: Tx, *, provider: str, model: str, at: datetime) -> ListPrice | None:
    """The list price of a model in force at an instant."""
    query = _filtered(Filters(provider=provider, model=model)).where(list_prices.c.effective_at <= at)
    found = await _loaded(tx, query.order_by(list_prices.c.effective_at.desc()).limit(1))
    return found[0] if found else None


async def in_force(
    tx: Tx, *, models: Collection[tuple[str, str]], at: datetime
) -> dict[tuple[str, str], ListPrice]:
    """The list prices in force at an instant, by (provider, model), of those models that are listed."""
    named = tuple_(list_prices.c.provider, list_prices.c.model).in_(models)
    return {price.key: price for price in await _loaded(tx, _filtered(Filters(at=at)).where(named))}


async def get(tx: Tx, *, list_price_id: UUID) -> ListPrice:
    """The list price of that id, or that has a tier of that id; it must exist."""
    table = list_prices.c
    named = select(func.coalesce(table.tier_of, table.id)).where(table.id == list_price_id)
    return (await _loaded(tx, select(list_prices).where(table.id == named.scalar_subquery())))[0]


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[ListPrice]:
    """At most `limit` list prices that pass, the newest entry first."""
    query = _filtered(filters).order_by(list_prices.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(list_prices.c.id < after)
    return await _loaded(tx, query)


async def list_all(tx: Tx) -> Sequence[ListPrice]:
    """Every list price; a few thousand."""
    return await _loaded(tx, _filtered(Filters()))


async def _loaded(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[ListPrice]:
    """The list prices a query finds, with their tiers."""
    rows = (await tx.execute(query)).all()
    tiers = await tiers_of(tx, list_prices, rows)
    return [_list_price(row, tiers.get(row.id, ())) for row in rows]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The query of those that pass."""
    query = select(*list_prices.c).where(_VERSION)
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
    ranked = select(table.id, rank.label("place")).where(_VERSION, table.effective_at <= at).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def _facts(price: ListPrice) -> dict[str, object]:
    """A list price as a row."""
    return {
        "id": price.id,
        "provider": price.provider,
        "model": price.model,
        **columns_of(price.rates),
        "effective_at": price.effective_at,
        "source": price.source,
        "created_at": price.created_at,
    }


def _list_price(row: AnyRow, tiers: tuple[Tier, ...]) -> ListPrice:
    """A row as the domain knows it."""
    return ListPrice(
        id=row.id,
        provider=row.provider,
        model=row.model,
        rates=rates_of(row),
        tiers=tiers,
        effective_at=row.effective_at,
        source=row.source,
        created_at=row.created_at,
    )
