"""How far back to look at once for records, newest first; the spans together cover all time.

Where an index gives the order, one span serves. Elsewhere hourly counts tell how far back a page reaches, and each
further span holds four times as many records. The counts only choose the cuts: whatever they miss is still
found, because no time is left out.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from db.usage.slots import is_narrow
from domain.usage import OK, UsageFilters

_HOUR = timedelta(hours=1)
_FIRST_RECORDS = 1_000
_GROWTH = 4
_HOURS_AT_ONCE = (24, 24 * 30, 24 * 3660)
_OF_PLATFORM = text("""
select hour, sum(requests)::bigint as requests from usage_by_platform
 where hour < :until and hour >= :since group by hour order by hour desc limit :most
""")
_OF_ORGANIZATION = text("""
select hour, requests from usage_by_hour
 where organization_id = :organization_id and hour < :until and hour >= :since order by hour desc limit :most
""")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, `since` included and `until` not; None has no end on that side."""

    since: datetime | None
    until: datetime | None


async def spans(tx: Tx, *, filters: UsageFilters, before: datetime | None) -> AsyncIterator[Span]:
    """Neighbouring stretches that cover all time up to `before`, the newest first."""
    until: datetime | None = None
    if not _is_indexed(filters):
        async for cut in _cuts(tx, filters, before):
            yield Span(cut, until)
            until = cut
    yield Span(None, until)


def _is_indexed(filters: UsageFilters) -> bool:
    """Whether an index gives the records of a filter in the order of time."""
    if is_narrow(filters):
        return False
    failed = filters.status not in (None, OK)
    return filters.organization_id is not None or failed or filters.state in ("quarantined", "not_billed")


async def _cuts(tx: Tx, filters: UsageFilters, before: datetime | None) -> AsyncIterator[datetime]:
    """Hours between which lie about a thousand records, then four times as many, and so on."""
    wanted, seen = _FIRST_RECORDS, 0
    async for counts in _counts(tx, filters, before):
        for hour, requests in counts:
            seen += requests
            if seen >= wanted:
                yield hour
                wanted, seen = wanted * _GROWTH, 0


async def _counts(tx: Tx, filters: UsageFilters, before: datetime | None) -> AsyncIterator[Sequence[AnyRow]]:
    """The hours in which something happened, the newest first; few at first, because few often suffice."""
    latest = min((at for at in (filters.until, before) if at is not None), default=None)
    bounds: dict[str, Any] = {
        "since": filters.since or "-infinity",
        "until": "infinity" if latest is None else latest + _HOUR,
    }
    query = _OF_PLATFORM if filters.organization_id is None else _OF_ORGANIZATION
    if filters.organization_id is not None:
        bounds["organization_id"] = filters.organization_id
    for most in _HOURS_AT_ONCE:
        rows = (await tx.execute(query, {**bounds, "most": most})).all()
        yield rows
        if len(rows) < most:
            return
        bounds["until"] = rows[-1].hour
