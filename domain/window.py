"""Windows of time that dashboards look through, cut to the grain in which usage is kept."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args

from domain.errors import Invalid

WindowName = Literal["1h", "4h", "12h", "1d", "7d", "30d", "90d", "365d"]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORT = 2 * HOUR
LONGEST = timedelta(days=3 * 366)
_LENGTHS: dict[WindowName, timedelta] = {
    "1h": HOUR,
    "4h": 4 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
    "90d": 90 * DAY,
    "365d": 365 * DAY,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` (included) to `until` (not), in points `step` apart; aware UTC."""

    since: datetime
    until: datetime
    step: timedelta

    @property
    def is_short(self) -> bool:
        """True when it is read from the records themselves, to the second."""
        return self.until - self.since < SHORT

    def aligned(self, grain: timedelta) -> "Window":
        """The same, begun at a whole `grain`, which its step is then at least."""
        return replace(self, since=floor(self.since, grain), step=max(self.step, grain))

    def points(self) -> list[datetime]:
        """The beginnings of all its steps."""
        first = floor(self.since, self.step)
        count = -((first - self.until) // self.step)
        return [first + number * self.step for number in range(count)]


def floor(at: datetime, grain: timedelta) -> datetime:
    """The last whole grain (counted in UTC) at or before an instant."""
    return at - (at - _EPOCH) % grain


def window_named(name: str, now: datetime) -> Window:
    """A window that ends now.

    Raises:
        Invalid: there is no such window.
    """
    if name not in _LENGTHS:
        raise Invalid(f"window: '{name[:16]}' is none of {', '.join(get_args(WindowName))}")
    return window_between(now - _LENGTHS[cast("WindowName", name)], now)


def window_between(since: datetime, until: datetime) -> Window:
    """Any window of at most three years; short ones in minutes, up to eight days in hours, longer in days.

    Raises:
        Invalid: it ends before it begins, or is longer.
    """
    if not timedelta(0) < until - since <= LONGEST:
        raise Invalid("from, to: a window ends after it begins and covers at most three years")
    length = until - since
    if length < SHORT:
        return Window(since, until, MINUTE)
    window = Window(since, until, HOUR if length <= 8 * DAY else DAY)
    return window.aligned(window.step)
