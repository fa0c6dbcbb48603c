"""Proofs of the books: what each says, how often it is asked, and what it finds when something does not hold."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

Kind = Literal["break", "warning"]
Scope = Literal["recent", "full"]
_MOST = 2**128 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold: `subject_id` in its shown form, `detail` in words with both figures."""

    proof: str
    kind: Kind
    subject_id: str
    organization_id: UUID | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What part of the books is looked at: what happened in [since, until)."""

    since: datetime
    until: datetime

    @property
    def from_id(self) -> UUID:
        """The first UUIDv7 that can have been made in the window."""
        return _first_id(self.since)

    @property
    def until_id(self) -> UUID:
        """The first UUIDv7 that can have been made after the window."""
        return _first_id(self.until)

    def parts(self, count: int) -> list["Window"]:
        """The window in so many equal parts, oldest first."""
        step = (self.until - self.since) / count
        bounds = [*(self.since + step * n for n in range(count)), self.until]
        return [Window(since=bounds[n], until=bounds[n + 1]) for n in range(count)]


EVERYTHING = Window(since=datetime(1970, 1, 1, tzinfo=UTC), until=datetime(9999, 1, 1, tzinfo=UTC))


def made_at(identifier: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def _first_id(at: datetime) -> UUID:
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=min(max(milliseconds, 0) << 80, _MOST))
