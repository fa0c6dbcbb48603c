"""Lists in pages: `limit`, an opaque `cursor`, and the same envelope everywhere."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from domain.errors import Invalid

Item = TypeVar("Item")
Shown = TypeVar("Shown", bound=BaseModel)


class Page(BaseModel, Generic[Shown]):
    """One page of a list."""

    items: list[Shown]
    next_cursor: str | None = Field(description="Pass it as `cursor` for what follows; null at the end")


class Whole(BaseModel, Generic[Shown]):
    """A list that is always whole, in the same envelope: nothing follows."""

    items: list[Shown]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """What part of a list is asked for; `cursor` is the key of the last item seen."""

    limit: int
    cursor: str | None

    @property
    def after_id(self) -> UUID | None:
        """The cursor of a list that is ordered by id.

        Raises:
            Invalid: it is not a cursor of this list.
        """
        if self.cursor is None:
            return None
        try:
            return UUID(self.cursor)
        except ValueError:
            raise Invalid("cursor: this is not a cursor of this list; begin without one") from None

    @property
    def after_number(self) -> int | None:
        """The cursor of a list that is ordered by number.

        Raises:
            Invalid: it is not a cursor of this list.
        """
        if self.cursor is None:
            return None
        if not (self.cursor.isascii() and self.cursor.isdigit() and len(self.cursor) < 19):
            raise Invalid("cursor: this is not a cursor of this list; begin without one")
        return int(self.cursor)

    @property
    def after_day(self) -> date | None:
        """The cursor of a list that is ordered by day.

        Raises:
            Invalid: it is not a cursor of this list.
        """
        if self.cursor is None:
            return None
        try:
            return date.fromisoformat(self.cursor)
        except ValueError:
            raise Invalid("cursor: this is not a cursor of this list; begin without one") from None

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than shown tells whether anything follows."""
        return self.limit + 1

    def page(
        self, found: Sequence[Item], show: Callable[[Item], Shown], key: Callable[[Item], object]
    ) -> Page[Shown]:
        """The page of what was fetched with `fetch`; `key` gives an item's place in the order."""
        shown = found[: self.limit]
        more = len(found) > self.limit
        return Page(
            items=[show(item) for item in shown],
            next_cursor=encode_cursor(str(key(shown[-1]))) if more else None,
        )


def paging(
    limit: Annotated[int, Query(ge=1, le=500, description="How many items")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=500, description="`next_cursor` of the page before")
    ] = None,
) -> Paging:
    """The dependency behind `Pages`."""
    return Paging(limit, None if cursor is None else decode_cursor(cursor))


Pages = Annotated[Paging, Depends(paging)]


def encode_cursor(key: str) -> str:
    """A key as an opaque cursor."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The key behind a cursor.

    Raises:
        Invalid: it was not made here.
    """
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None
