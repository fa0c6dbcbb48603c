"""Where records of a rare model, user, key, bot or project lie, by what the roll-ups remember.

Roll-ups keep, for each day, in which five minutes a model (user, key…) was used. Where several are asked for,
their slots are laid over each other. What comes out are short stretches of one organization's time that hold
every priced and folded record that passes.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from domain.usage import UsageFilters

SLOT = timedelta(minutes=5)
_REACHES = (timedelta(days=32), timedelta(days=128))
_FIRST_SLOTS = 64
_GROWTH = 4
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAID = """
select organization_id, day, bit_and(slots) as slots from ({parts}) parts
 group by 1, 2 having count(*) = {count} and bit_and(slots) <> 0::bit(288) order by day desc"""
_HOURLY = """
select organization_id, (hour at time zone 'UTC')::date as day, bit_or(slots) as slots from {table}
 where hour >= :since and hour < :until{conditions} group by 1, 2"""
_DAILY = """
select organization_id, day, bit_or(slots) as slots from {table}
 where day >= :first_day and day <= :last_day{conditions} group by 1, 2"""
_ONES = re.compile("1+")
_DAY_TABLES = {"end_user": "usage_by_user", "api_key_id": "usage_by_key", "bot_id": "usage_by_bot"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some minutes of one organization's time."""

    organization_id: UUID
    since: datetime
    until: datetime


def is_narrow(filters: UsageFilters) -> bool:
    """Whether the roll-ups can tell where such records lie."""
    return bool(_parts(filters))


async def stretches(tx: Tx, *, filters: UsageFilters, until: datetime) -> AsyncIterator[Sequence[Stretch]]:
    """Groups of stretches before `until`, the newest first, each group larger than the one before."""
    wanted, group = _FIRST_SLOTS, list[Stretch]()
    async for row_group in _days(tx, filters, until):
        found = [stretch for row in row_group for stretch in _runs(row, until)]
        group += sorted(found, key=lambda stretch: stretch.since, reverse=True)
        if len(group) >= wanted:
            yield group
            wanted, group = wanted * _GROWTH, list[Stretch]()
    if group:
        yield group


async def _days(tx: Tx, filters: UsageFilters, until: datetime) -> AsyncIterator[list[AnyRow]]:
    """Day by day the rows that say in which slots something happened, looking ever further back."""
    parts, earliest = _parts(filters), filters.since or _EARLIEST
    query = text(_OVERLAID.format(parts=" union all ".join(parts), count=len(parts)))
    facts = {name: value for name, value in _facts(filters).items() if value is not None}
    upper = until
    for reach in (*_REACHES, upper - earliest):
        if upper <= earliest:
            return
        # Whole days, so that no day is read twice.
        lower = max(datetime.combine((upper - reach).date(), time(), UTC), earliest)
        bounds: dict[str, Any] = {
            "since": lower,
            "until": upper,
            "first_day": lower.date(),
            "last_day": _last(upper),
        }
        used = {name: value for name, value in {**facts, **bounds}.items() if f":{name}" in query.text}
        for _, rows in groupby(await tx.execute(query, used), key=lambda row: row.day):
            yield list(rows)
        upper = lower


def _last(upper: datetime) -> date:
    """The last day that has an instant before `upper`."""
    return (upper - timedelta(microseconds=1)).date()


def _parts(filters: UsageFilters) -> list[str]:
    """A query for each user, key and bot asked for; else for the project; else for the model: the rarest first."""
    organization = " and organization_id = :organization_id" if filters.organization_id else ""
    asked = [name for name in _DAY_TABLES if getattr(filters, name) is not None]
    if asked:
        return [
            _DAILY.format(table=_DAY_TABLES[name], conditions=f"{organization} and {name} = :{name}")
            for name in asked
        ]
    if filters.project_id is not None:
        return [
            _HOURLY.format(
                table="usage_by_project", conditions=f"{organization} and project_id = :project_id"
            )
        ]
    names = [name for name in ("provider", "model") if getattr(filters, name) is not None]
    conditions = organization + "".join(f" and {name} = :{name}" for name in names)
    return [_HOURLY.format(table="usage_by_model", conditions=conditions)] if names else []


def _facts(filters: UsageFilters) -> dict[str, object]:
    """What the queries are asked with."""
    names = ("organization_id", "provider", "model", "project_id", *_DAY_TABLES)
    return {name: getattr(filters, name) for name in names}


def _runs(row: AnyRow, until: datetime) -> Iterator[Stretch]:
    """Neighbouring slots of a day as one stretch."""
    midnight = datetime.combine(row.day, time(), UTC)
    for run in _ONES.finditer(row.slots):
        since = midnight + run.start() * SLOT
        if since < until:
            yield Stretch(row.organization_id, since, min(midnight + run.end() * SLOT, until))
