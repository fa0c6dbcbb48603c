"""Pages of records that are rare among many: found through the roll-ups' slots instead of by walking all.

The slots hold what is priced and folded. What waits to be folded is found by its batch, what is not priced by a
small index of its own; together nothing is missed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Uuid, and_, bindparam, column, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from db.engine import Tx
from db.schema import Instant
from db.usage.slots import Stretch, stretches
from db.usage.table import record_columns, usage
from domain.usage import UsageFilters

_PROJECTS_ORGANIZATION = text("select organization_id from projects where id = :project_id")
_WAITING = text("select id from usage_batches")
NEWEST = (usage.c.occurred_at.desc(), usage.c.id.desc(), usage.c.organization_id.desc())
Found = Row[*tuple[Any, ...]]
Conditions = Sequence[ColumnElement[bool]]


async def older(
    tx: Tx, *, filters: UsageFilters, conditions: Conditions, until: datetime, limit: int
) -> list[Found]:
    """The newest `limit` records before `until` that meet the conditions."""
    earlier = [*conditions, usage.c.occurred_at < until]
    found = {_key(row): row for row in await _aside(tx, earlier, limit)}
    hits = 0
    async for group in stretches(tx, filters=filters, until=until):
        rows = (await tx.execute(_of_stretches(group, earlier, limit - hits))).all()
        found |= {_key(row): row for row in rows}
        hits += len(rows)
        if hits >= limit:
            break
    return [found[key] for key in sorted(found, reverse=True)[:limit]]


async def _aside(tx: Tx, conditions: Conditions, limit: int) -> list[Found]:
    """What the slots do not know: records without a price, and batches that wait to be folded."""
    columns = record_columns()
    rows = list(await tx.execute(_of_unpriced(conditions, limit)))
    waiting = list((await tx.execute(_WAITING)).scalars())
    if waiting:
        between = usage.c.batch_id.between(min(waiting), max(waiting))
        of_batches = select(*columns).where(*conditions, between, usage.c.batch_id.in_(waiting))
        rows += await tx.execute(of_batches.order_by(*NEWEST).limit(limit))
    return rows


def _of_unpriced(conditions: Conditions, limit: int) -> Select[*tuple[Any, ...]]:
    """The newest records without a price: their places from the index alone, then only those read whole."""
    where = (usage.c.organization_id, usage.c.occurred_at, usage.c.id)
    unpriced = select(*where).where(*conditions, usage.c.state != text("'priced'"))
    places = unpriced.order_by(*NEWEST).limit(limit).subquery("place")
    same = [column == places.c[column.name] for column in where]
    return select(*record_columns()).select_from(places).join(usage, and_(*same)).order_by(*NEWEST)


def _of_stretches(group: Sequence[Stretch], conditions: Conditions, limit: int) -> Select[*tuple[Any, ...]]:
    """The newest records within the stretches, each looked up in the index by organization and time."""
    places = (
        func.unnest(
            _array([stretch.organization_id for stretch in group], Uuid()),
            _array([stretch.since for stretch in group], Instant),
            _array([stretch.until for stretch in group], Instant),
        )
        .table_valued(column("organization_id", Uuid()), column("since", Instant), column("until", Instant))
        .render_derived(name="place")
    )
    within = (
        (usage.c.organization_id == places.c.organization_id)
        & (usage.c.occurred_at >= places.c.since)
        & (usage.c.occurred_at < places.c.until)
    )
    rows = (
        select(*record_columns()).where(within, *conditions).order_by(*NEWEST).limit(limit).lateral("records")
    )
    newest = (rows.c.occurred_at.desc(), rows.c.id.desc(), rows.c.organization_id.desc())
    return select(rows).select_from(places.join(rows, true())).order_by(*newest).limit(limit)


def _array(values: list[Any], of: Any) -> Any:
    """An array parameter."""
    return bindparam(None, values, type_=ARRAY(of))


def _key(row: Found) -> tuple[Any, ...]:
    """A record's place in the order."""
    return row.occurred_at, row.id, row.organization_id
