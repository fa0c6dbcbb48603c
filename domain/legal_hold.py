"""A legal hold: while one is in force, nothing of the organization or its people is deleted."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.errors import Conflict, WrongState
from domain.ids import show


class Held(Conflict):
    """A legal hold keeps what would be deleted; staff lift it when the matter is over."""

    code: ClassVar[str] = "legal_hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Why an organization's data must stay; who placed it and, once over, who lifted it. Times are aware UTC."""

    id: UUID
    organization_id: UUID
    reason: str
    placed_by: UUID
    placed_at: datetime
    lifted_by: UUID | None = None
    lifted_at: datetime | None = None
    lift_reason: str = ""

    @property
    def in_force(self) -> bool:
        """True until it is lifted."""
        return self.lifted_at is None

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("hold", self.id)

    def lifted(self, *, by: UUID, reason: str, now: datetime) -> "LegalHold":
        """The hold, lifted.

        Raises:
            WrongState: it was lifted before.
        """
        if not self.in_force:
            raise WrongState("The legal hold was lifted before")
        return replace(self, lifted_by=by, lifted_at=now, lift_reason=reason)
