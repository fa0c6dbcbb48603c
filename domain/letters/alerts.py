"""The facts of letters to the staff, frozen."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAlert:
    """Something needs a person of our own: a money proof failed, a run is held."""

    who: Correspondents
    title: str
    detail: str
    raised_at: datetime
    link: str
    severity: Literal["warning", "critical"] = "warning"
    facts: tuple[tuple[str, str], ...] = field(default=())
