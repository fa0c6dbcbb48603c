"""A usage record as it comes in, checked, and what became of it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "duplicate", "conflict", "quarantined", "unknown_organization", "unknown_project"]

# A single request with more than this many tokens is a fault of the sender's counter.
LARGEST_TOKENS = 100_000_000
LARGEST_QUANTITY_MICROS = 10**15
OLDEST_YEAR = 2015


@dataclass(frozen=True, slots=True)
class Staged:
    """Checked records ready to be taken in: lines for the database's staging tables and who they belong to.

    `lines` holds one tab-separated line for each record, without the leading number; `payloads` the
    lines of those that carry a request or response; `months` every (year, month) that occurs.
    """

    lines: list[str]
    payloads: list[str]
    months: frozenset[tuple[int, int]]
