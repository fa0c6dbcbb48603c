"""Usage records read back: pages of the explorer, one record with what it led to, and exports."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select, text, tuple_

from db.engine import Tx, plan_for_values
from db.rows import AnyRow
from db.schema import Text
from db.usage import sparse
from db.usage.slots import is_narrow
from db.usage.spans import Span, spans
from db.usage.table import record_columns, usage
from domain.errors import NotFound
from domain.ids import show
from domain.usage import ERROR, OK, AmbiguousRecord, UsageFilters, UsagePlace, UsageRecord

_EXACT = ("organization_id", "project_id", "provider", "model", "meter", "api_key_id", "bot_id", "end_user")
_FOUND = text("""
select organization_id, occurred_at from usage_keys
 where id = :id and (cast(:organization_id as uuid) is null or organization_id = :organization_id) limit 2
""")
_EXPORT_ROWS = 2_000
# After so many spans of a walk, what is still missing is rare, and looked up instead.
_SPANS_WALKED = 2


async def list_page(
    tx: Tx, *, filters: UsageFilters, before: UsagePlace | None, limit: int
) -> Sequence[UsageRecord]:
    """At most `limit` records that pass, the newest first, behind the place `before`."""
    if not is_narrow(filters):
        await plan_for_values(tx)
    passing = [*conditions(filters), *_behind(before)]
    found: list[UsageRecord] = []
    walked = 0
    async for span in spans(tx, filters=filters, before=None if before is None else before.occurred_at):
        found += await _within(tx, passing, span, limit - len(found))
        walked += 1
        if len(found) >= limit:
            break
        if walked == _SPANS_WALKED and span.since is not None and is_narrow(filters):
            rest = await sparse.older(
                tx, filters=filters, conditions=passing, until=span.since, limit=limit - len(found)
            )
            return [*found, *(_record(row) for row in rest)]
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
    query = _query().where(*conditions(filters))
    if filters.organization_id is not None:
        query = query.order_by(usage.c.occurred_at, usage.c.id)
    result = await tx.stream(query.execution_options(yield_per=_EXPORT_ROWS))
    async for rows in result.partitions():
        yield [_record(row) for row in rows]


async def _within(
    tx: Tx, passing: Sequence[ColumnElement[bool]], span: Span, limit: int
) -> list[UsageRecord]:
    """The newest passing records of a span of time; its bounds let whole months be left out."""
    query = _query().where(*passing)
    if span.since is not None:
        query = query.where(usage.c.occurred_at >= span.since)
    if span.until is not None:
        query = query.where(usage.c.occurred_at < span.until)
    return [_record(row) for row in await tx.execute(query.order_by(*sparse.NEWEST).limit(limit))]


def _behind(before: UsagePlace | None) -> list[ColumnElement[bool]]:
    """Behind a place in the order."""
    if before is None:
        return []
    place = tuple_(usage.c.occurred_at, usage.c.id, usage.c.organization_id)
    behind = place < tuple_(before.occurred_at, before.id, before.organization_id)
    return [usage.c.occurred_at <= before.occurred_at, behind]


def _query() -> Select[*tuple[Any, ...]]:
    """Records with the currency of their organization."""
    return select(*record_columns())


def conditions(filters: UsageFilters) -> list[ColumnElement[bool]]:
    """What a record must be to pass."""
    conditions = [
        usage.c[name] == getattr(filters, name) for name in _EXACT if getattr(filters, name) is not None
    ]
    if filters.environment is not None:
        conditions.append(usage.c.environment == filters.environment)
    if filters.state is not None:
        conditions.append(usage.c.state == _inline(filters.state))
    if filters.status not in (None, OK):
        conditions.append(usage.c.status != _inline(OK))
    if filters.status not in (None, ERROR):
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
