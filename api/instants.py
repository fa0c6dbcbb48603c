"""Times at the doors: RFC 3339 with an offset, given back in UTC, within the years that a calendar needs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


def _sensible(at: datetime) -> datetime:
    if not _FIRST <= at < _LAST:
        raise ValueError("write a time between the years 1970 and 2200")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]


def end_of(day: date | None) -> datetime | None:
    """The end of a calendar day, UTC."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)
