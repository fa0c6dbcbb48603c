"""Pauses between looks at something that nobody tells us of."""

from collections.abc import Iterator
from datetime import timedelta


def growing(first: timedelta, longest: timedelta) -> Iterator[timedelta]:
    """The first pause, then each twice as long as the one before, until the longest; without end."""
    pause = first
    while True:
        yield min(pause, longest)
        pause = min(pause * 2, longest)
