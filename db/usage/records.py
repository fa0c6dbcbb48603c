"""Usage records read back: pages of the explorer, one record with what it led to, and exports."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    Table,
    bindparam,
    select,
    text,
    tuple_,
)

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.usage.spans import Span, spans
from db.wallets import wallets
from domain.errors import NotFound
from domain.ids import show
from domain.usage import ERROR, OK, AmbiguousRecord, UsageFilters, UsagePlace, UsageRecord

usage = Table(
    "usage",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("id", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("project_id", Uuid),
    Column("api_key_id", Text),
    Column("bot_id", Text),
    Column("end_user", Text),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_input_tokens", BigInteger, nullable=False),
    Column("duration_ms", BigInteger),
    Column("meter", Text, nullable=False),
    Column("quantity_micros", BigInteger, nullable=False),
    Column("price_id", Uuid),
    Column("list_price_id", Uuid),
    Column("amount_nanos", BigInteger),
    Column("cost_nanos", BigInteger),
    Column("posting_id", Uuid),
    Column("billed_in", Date),
    Column("batch_id", BigInteger, nullable=False),
)
_SHOWN = [column for column in usage.c if column.name != "batch_id"]
_EXACT = ("organization_id", "project_id", "provider", "model", "meter", "api_key_id", "bot_id", "end_user")
_FOUND = text("""
select organization_id, occurred_at from usage_keys
 where id = :id and (cast(:organization_id as uuid) is null or organization_id = :organization_id) limit 2
""")
_EXPORT_ROWS = 2_000


async def list_page(
    tx: Tx, *, filters: UsageFilters, before: UsagePlace | None, limit: int
) -> Sequence[UsageRecord]:
    """At most `limit` records that pass, the newest first, behind the place `before`."""
    found: list[UsageRecord] = []
    async for group in spans(tx, filters=filters, before=None if before is None else before.occurred_at):
        found += await _within(tx, filters, group, before, limit - len(found))
        if len(found) >= limit:
            break
    return found


async def get(tx: Tx, *, record_id: str, organization_id: UUID | None = None) -> UsageRecord:
    """The record.

    Raises:
        NotFound: there is none.
        AmbiguousRecord: several organizations have one of that id and none was named.
    """
    keys = (await tx.execute(_FOUND, {"id": record_id, "organization_id": organization_id})).all()
    if not keys:
        raise NotFound("There is no such usage record")
    if len(keys) > 1:
        known = [show("org", key.organization_id) for key in keys]
        raise AmbiguousRecord(
            "organization_id: several organizations have this record; name one", organizations=known
        )
    here = (usage.c.organization_id == keys[0].organization_id) & (usage.c.id == record_id)
    query = _query().where(here, usage.c.occurred_at == keys[0].occurred_at)
    return _record((await tx.execute(query)).one())


async def walk(tx: Tx, *, filters: UsageFilters) -> AsyncIterator[Sequence[UsageRecord]]:
    """Every record that passes, in portions that never fill the memory; of one organization by time."""
    query = _query().where(*_conditions(filters))
    if filters.organization_id is not None:
        query = query.order_by(usage.c.occurred_at, usage.c.id)
    result = await tx.stream(query.execution_options(yield_per=_EXPORT_ROWS))
    async for rows in result.partitions():
        yield [_record(row) for row in rows]


async def _within(
    tx: Tx, filters: UsageFilters, group: Sequence[Span], before: UsagePlace | None, limit: int
) -> list[UsageRecord]:
    """The newest records of neighbouring spans of time."""
    query = _query().where(*_conditions(filters), *_placed(group, before))
    newest = (usage.c.occurred_at.desc(), usage.c.id.desc(), usage.c.organization_id.desc())
    return [_record(row) for row in await tx.execute(query.order_by(*newest).limit(limit))]


def _placed(group: Sequence[Span], before: UsagePlace | None) -> list[ColumnElement[bool]]:
    """Inside the spans and behind the place; the bounds of time let whole months be left out."""
    conditions: list[ColumnElement[bool]] = []
    since, until = group[-1].since, group[0].until
    if since is not None:
        conditions.append(usage.c.occurred_at >= since)
    if until is not None:
        conditions.append(usage.c.occurred_at < until)
    if before is not None:
        place = tuple_(usage.c.occurred_at, usage.c.id, usage.c.organization_id)
        conditions.append(usage.c.occurred_at <= before.occurred_at)
        conditions.append(place < tuple_(before.occurred_at, before.id, before.organization_id))
    return conditions


def _query() -> Select[*tuple[Any, ...]]:
    """Records with the currency of their organization."""
    currency = select(wallets.c.currency).where(wallets.c.organization_id == usage.c.organization_id)
    return select(*_SHOWN, currency.scalar_subquery().label("currency"))


def _conditions(filters: UsageFilters) -> list[ColumnElement[bool]]:
    """What a record must be to pass."""
    conditions = [
        usage.c[name] == getattr(filters, name) for name in _EXACT if getattr(filters, name) is not None
    ]
    if filters.environment is not None:
        conditions.append(usage.c.environment == filters.environment)
    if filters.state is not None:
        conditions.append(usage.c.state == _inline(filters.state))
    if filters.status == ERROR:
        conditions.append(usage.c.status != _inline(OK))
    elif filters.status is not None:
        conditions.append(usage.c.status == filters.status)
    if filters.since is not None:
        conditions.append(usage.c.occurred_at >= filters.since)
    if filters.until is not None:
        conditions.append(usage.c.occurred_at < filters.until)
    return conditions


def _inline(value: str) -> BindParameter[str]:
    """A value written into the statement: only so can the planner use a partial index."""
    return bindparam(None, value, type_=Text, literal_execute=True)


def _record(row: AnyRow) -> UsageRecord:
    """A row as the domain knows it."""
    return UsageRecord(**row._asdict())
