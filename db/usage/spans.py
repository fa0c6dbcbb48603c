"""Where to look for records: stretches of time, newest first, that together cover all time.

One organization's records lie in an index by time, so one stretch serves. Across organizations there is no such
index; the platform's hourly counts tell how far back a page reaches, and each further stretch is longer. The
counts only choose the cuts: whatever they miss is still found, because no time is left out.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from db.engine import Tx
from domain.usage import UsageFilters

_HOUR = timedelta(hours=1)
_FIRST_RECORDS = 1_000
_GROWTH = 8
_COUNTS = text("""
select hour, sum(requests)::bigint as requests from usage_by_platform
 where hour < coalesce(cast(:until as timestamptz), 'infinity') and hour >= coalesce(cast(:since as timestamptz), '-infinity')
 group by hour order by hour desc limit 20000
""")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, `since` included and `until` not; None has no end on that side."""

    since: datetime | None
    until: datetime | None


async def spans(tx: Tx, *, filters: UsageFilters, before: datetime | None) -> AsyncIterator[Sequence[Span]]:
    """Groups of neighbouring stretches that cover all time up to `before`, the newest first."""
    until: datetime | None = None
    if filters.organization_id is None:
        for cut in await _cuts(tx, filters, before):
            yield [Span(cut, until)]
            until = cut
    yield [Span(None, until)]


async def _cuts(tx: Tx, filters: UsageFilters, before: datetime | None) -> list[datetime]:
    """Hours between which lie about a thousand records, then eight times as many, and so on."""
    latest = min((at for at in (filters.until, before) if at is not None), default=None)
    bounds = {"since": filters.since, "until": None if latest is None else latest + _HOUR}
    cuts: list[datetime] = []
    wanted, seen = _FIRST_RECORDS, 0
    for row in await tx.execute(_COUNTS, bounds):
        seen += row.requests
        if seen >= wanted:
            cuts.append(row.hour)
            wanted, seen = wanted * _GROWTH, 0
    return cuts
