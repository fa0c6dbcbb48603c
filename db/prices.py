"""Price versions: append-only, found by what they price and when they begin; their tiers come with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.price_tiers import columns_of, rates_of, tiers_of, with_tiers
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.price import Price
from domain.rates import Tier

prices = Table(
    "prices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False, server_default=""),
    Column("meter", Text, nullable=False, server_default=""),
    Column("currency", Text, nullable=False),
    Column("input_per_million_nanos", BigInteger, nullable=False, server_default="0"),
    Column("output_per_million_nanos", BigInteger, nullable=False, server_default="0"),
    Column("cached_input_per_million_nanos", BigInteger),
    Column("unit_nanos", BigInteger, nullable=False, server_default="0"),
    Column("unit", Text, nullable=False, server_default="tokens"),
    Column("effective_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("tier_of", Uuid),
    Column("above_tokens", BigInteger, nullable=False, server_default="0"),
)
_VERSION = prices.c.tier_of.is_(None)
_IDENTITY = ("organization_id", "provider", "model", "meter", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which versions to list; what is None does not limit.

    `at` keeps, of each thing priced, the version in force at that instant; `shared` keeps prices for all;
    `begins_after` keeps those to come; `search` is a part of provider, model or meter in any case.
    """

    organization_id: UUID | None = None
    shared: bool | None = None
    provider: str | None = None
    model: str | None = None
    meter: str | None = None
    currency: str | None = None
    at: datetime | None = None
    begins_after: datetime | None = None
    search: str | None = None


async def insert_once(tx: Tx, price: Price) -> bool:
    """Adds a version with its tiers; False when one of the same thing begins at that instant already."""
    version, *tiers = with_tiers(_facts(price), price.tiers)
    statement = upsert(prices).values(version).on_conflict_do_nothing().returning(prices.c.id)
    is_new = (await tx.execute(statement)).first() is not None
    if is_new and tiers:
        await tx.execute(insert(prices), tiers)
    return is_new


async def get(tx: Tx, *, price_id: UUID) -> Price:
    """The version of that id, or that has a tier of that id.

    Raises:
        NotFound: there is none.
    """
    named = select(func.coalesce(prices.c.tier_of, prices.c.id)).where(prices.c.id == price_id)
    found = await _loaded(tx, select(prices).where(prices.c.id == named.scalar_subquery()))
    if not found:
        raise NotFound("There is no such price")
    return found[0]


async def at_the_instant_of(tx: Tx, price: Price) -> Price:
    """The version of the same thing that begins at the same instant; it must exist."""
    query = select(prices).where(_same_thing(price), prices.c.effective_at == price.effective_at)
    return (await _loaded(tx, query))[0]


async def around(tx: Tx, price: Price) -> tuple[Price | None, Price | None]:
    """The versions of the same thing before and after this one."""
    earlier = prices.c.effective_at < price.effective_at
    later = prices.c.effective_at > price.effective_at
    query = select(prices).where(_same_thing(price)).limit(1)
    before = await _loaded(tx, query.where(earlier).order_by(prices.c.effective_at.desc()))
    after = await _loaded(tx, query.where(later).order_by(prices.c.effective_at))
    return (before[0] if before else None), (after[0] if after else None)


async def versions(tx: Tx, price: Price, *, limit: int) -> Sequence[Price]:
    """At most `limit` versions of the same thing for the same organization, the latest to begin first."""
    query = select(prices).where(_same_thing(price)).order_by(prices.c.effective_at.desc())
    return await _loaded(tx, query.limit(limit))


async def for_all(
    tx: Tx, *, models: Collection[tuple[str, str]], currency: str, at: datetime
) -> dict[tuple[str, str], Price]:
    """Everybody's prices of these models' tokens in force at an instant, by (provider, model)."""
    named = tuple_(prices.c.provider, prices.c.model).in_(models)
    query = _filtered(Filters(shared=True, meter="", currency=currency, at=at)).where(named)
    return {(price.provider, price.model): price for price in await _loaded(tx, query)}


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[Price]:
    """At most `limit` versions that pass, the newest entry first, behind the one with id `after`."""
    query = _filtered(filters)
    if after is not None:
        query = query.where(prices.c.id < after)
    return await _loaded(tx, query.order_by(prices.c.id.desc()).limit(limit))


async def _loaded(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[Price]:
    """The versions a query finds, with their tiers."""
    rows = (await tx.execute(query)).all()
    tiers = await tiers_of(tx, prices, rows)
    return [_price(row, tiers.get(row.id, ())) for row in rows]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The query of the versions that pass."""
    query = select(*prices.c).where(_VERSION)
    for name in ("organization_id", "provider", "model", "meter", "currency"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(prices.c[name] == value)
    if filters.shared is not None:
        query = query.where(prices.c.organization_id.is_(None) == filters.shared)
    if filters.at is not None:
        query = query.where(prices.c.id.in_(_in_force(filters.at)))
    if filters.begins_after is not None:
        query = query.where(prices.c.effective_at > filters.begins_after)
    if filters.search is not None:
        named = prices.c.provider + "/" + prices.c.model + prices.c.meter
        query = query.where(named.icontains(filters.search, autoescape=True))
    return query


def _in_force(at: datetime) -> Select[tuple[UUID]]:
    """The ids of the versions in force at an instant."""
    things = [prices.c[name] for name in _IDENTITY]
    rank = func.row_number().over(partition_by=things, order_by=prices.c.effective_at.desc())
    ranked = select(prices.c.id, rank.label("place")).where(_VERSION, prices.c.effective_at <= at).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def _same_thing(price: Price) -> ColumnElement[bool]:
    """Whether a version prices the same thing for the same organization."""
    match = _VERSION & prices.c.organization_id.is_not_distinct_from(price.organization_id)
    for name in _IDENTITY[1:]:
        match = match & (prices.c[name] == getattr(price, name))
    return match


def _facts(price: Price) -> dict[str, object]:
    """A version as a row."""
    return {
        "id": price.id,
        "organization_id": price.organization_id,
        "provider": price.provider,
        "model": price.model,
        "meter": price.meter,
        "currency": price.currency,
        **columns_of(price.rates),
        "unit_nanos": price.unit_nanos,
        "unit": price.unit,
        "effective_at": price.effective_at,
        "created_at": price.created_at,
        "created_by": price.created_by,
    }


def _price(row: AnyRow, tiers: tuple[Tier, ...]) -> Price:
    """A row as the domain knows it."""
    return Price(
        id=row.id,
        organization_id=row.organization_id,
        provider=row.provider,
        model=row.model,
        meter=row.meter,
        currency=row.currency,
        rates=rates_of(row),
        tiers=tiers,
        unit_nanos=row.unit_nanos,
        unit=row.unit,
        effective_at=row.effective_at,
        created_at=row.created_at,
        created_by=row.created_by,
    )
