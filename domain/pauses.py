"""Pauses between looks at something that nobody tells us of, and between attempts at what failed."""

from collections.abc import Iterator
from datetime import timedelta


def growing(first: timedelta, longest: timedelta, *, factor: int = 2) -> Iterator[timedelta]:
    """The first pause, then each `factor` times as long as the one before, until the longest; without end."""
    pause = first
    while True:
        yield min(pause, longest)
        pause = min(pause * factor, longest)


def doubled(first: timedelta, longest: timedelta, *, attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: the first pause, doubled by each, until the longest."""
    return min(first * 2 ** min(max(attempts - 1, 0), 20), longest)
