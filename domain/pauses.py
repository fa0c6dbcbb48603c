"""Pauses between looks at something that nobody tells us of."""

from collections.abc import Iterator
from datetime import timedelta


def growing(first: timedelta, longest: timedelta, *, factor: int = 2) -> Iterator[timedelta]:
    """The first pause, then each `factor` times as long as the one before, until the longest; without end."""
    pause = first
    while True:
        yield min(pause, longest)
        pause = min(pause * factor, longest)
