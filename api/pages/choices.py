"""Filters that choose one of a few words."""

from collections.abc import Sequence
from typing import TypeVar

from domain.errors import Invalid

Word = TypeVar("Word", bound=str)


def one_of(chosen: str | None, known: Sequence[Word], *, field: str = "state") -> Word | None:
    """The word chosen, if any.

    Raises:
        Invalid: there is no such word.
    """
    if chosen is None:
        return None
    for word in known:
        if word == chosen:
            return word
    raise Invalid(f"{field}: choose one of {', '.join(known)}")
