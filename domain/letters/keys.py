"""The facts of letters about API keys, frozen."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnds:
    """An API key ends soon (`days_left` 14 or 3) or has ended (0); `link` leads to where keys are made."""

    who: Correspondents
    name: str
    prefix: str
    ends_at: datetime
    days_left: int
    last_used_at: datetime | None
    link: str
