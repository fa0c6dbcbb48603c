"""Filters that choose one of a few words."""

from collections.abc import Sequence

from domain.errors import Invalid


def one_of(chosen: str | None, known: Sequence[str], *, field: str = "state") -> str | None:
    """The word chosen, if any.

    Raises:
        Invalid: there is no such word.
    """
    if chosen is not None and chosen not in known:
        raise Invalid(f"{field}: choose one of {', '.join(known)}")
    return chosen
