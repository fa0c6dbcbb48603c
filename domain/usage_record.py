"""What a usage record may hold, and what can become of one that comes in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A single request with more than this many tokens is a fault of the sender's counter.
LARGEST_TOKENS = 100_000_000
# A day: a longer call is a clock that went wrong.
LONGEST_MILLISECONDS = 86_400_000
LARGEST_QUANTITY = 1_000_000_000
MICROS = 1_000_000
OLDEST_YEAR = 2015
LARGEST_FUTURE = timedelta(hours=1)

ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicate", "quarantined"

# Why a record is rejected, in words with the remedy; `duplicate` and `quarantined` are no rejections.
REMEDIES = {
    "conflict": "a record with this id was taken in before with other content; give a correction an id of its own",
    "unknown_organization": "there is no such organization; check organization_id",
    "organization_deleted": "the organization is deleted and is never invoiced again; stop reporting its usage",
    "unknown_project": "the organization has no such project; check project_id or leave it out",
}
_SUCCESS = frozenset({"", "ok", "success", "succeeded", "completed", "200", "201"})


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken in: its place in the call, its id when it had one, and why."""

    index: int
    id: str | None
    code: str
    detail: str


def status_name(status: str) -> str:
    """`ok` for everything that means success, else what the sender said: the roll-ups count what is not `ok` as an error."""
    lowered = status.strip().lower()
    return "ok" if lowered in _SUCCESS else lowered


def time_fault(occurred_at: datetime, now: datetime) -> tuple[str, str] | None:
    """Code and remedy when a time cannot be right, else None."""
    if occurred_at > now + LARGEST_FUTURE:
        return "in_future", "occurred_at: more than an hour in the future; check the sender's clock and zone"
    if occurred_at.year < OLDEST_YEAR:
        return "too_old", f"occurred_at: before {OLDEST_YEAR}; check the sender's clock"
    return None
