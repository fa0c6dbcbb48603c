"""Billing periods: calendar months, half-open, in the billing zone of an organization.

A period is the first day of its month. Instants are aware UTC.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import Invalid, PeriodNotBegun, PeriodNotEnded

_FORM = re.compile(r"\d{4}-\d{2}")
_EARLIEST_YEAR = 2015


def read_period(text: str) -> date:
    """The first day of a month written as "2023-11".

    Raises:
        Invalid: another form, or no such month.
    """
    year, _, month = text.partition("-")
    if not (
        _FORM.fullmatch(text) and text.isascii() and 1 <= int(month) <= 12 and int(year) >= _EARLIEST_YEAR
    ):
        raise Invalid(f"period: '{text[:20]}' is not a month; write it as 2023-11")
    return date(int(year), int(month), 1)


def show_period(period: date) -> str:
    """The month as "2023-11"."""
    return f"{period.year:04d}-{period.month:02d}"


def next_month(period: date) -> date:
    """The first day of the month after."""
    return date(period.year + period.month // 12, period.month % 12 + 1, 1)


def previous_month(period: date) -> date:
    """The first day of the month before."""
    return (period - timedelta(days=1)).replace(day=1)


def days_in(period: date) -> int:
    """How many days the month has."""
    return monthrange(period.year, period.month)[1]


def months_between(first: date, last: date) -> Iterator[date]:
    """Every month from `first` to `last`, both included."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def begins_at(period: date, zone: str) -> datetime:
    """The instant the month begins in the zone."""
    return datetime.combine(period, time(), ZoneInfo(zone)).astimezone(UTC)


def ends_at(period: date, zone: str) -> datetime:
    """The instant the month is over in the zone; it belongs to the next month."""
    return begins_at(next_month(period), zone)


def month_of(instant: datetime, zone: str) -> date:
    """The month in which an instant lies in the zone."""
    return instant.astimezone(ZoneInfo(zone)).date().replace(day=1)


def require_begun(period: date, zone: str, now: datetime, *, organization: str = "") -> None:
    """Refuses a month that has not begun in the zone: what lies ahead is not invoiced, however early one closes.

    Raises:
        PeriodNotBegun: naming the zone, whose organization it is, and when the month begins.
    """
    begin = begins_at(period, zone)
    if now < begin:
        whose = f" of {organization}" if organization else ""
        raise PeriodNotBegun(
            f"{show_period(period)} begins at {begin:%Y-%m-%dT%H:%M:%SZ} in {zone}, the billing zone{whose}; "
            "only a month that has begun can be invoiced or previewed",
            period=show_period(period),
            zone=zone,
            organization=organization or None,
            begins_at=f"{begin:%Y-%m-%dT%H:%M:%SZ}",
        )


def require_ended(period: date, zone: str, now: datetime, *, organization: str = "") -> None:
    """Refuses a month that is not over in the zone.

    Raises:
        PeriodNotEnded: naming the zone, whose organization it is, and when the month ends.
    """
    end = ends_at(period, zone)
    if now < end:
        whose = f" of {organization}" if organization else ""
        raise PeriodNotEnded(
            f"{show_period(period)} ends at {end:%Y-%m-%dT%H:%M:%SZ} in {zone}, the billing zone{whose}; "
            "wait for it, or ask with close_early",
            period=show_period(period),
            zone=zone,
            organization=organization or None,
            ends_at=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        )
