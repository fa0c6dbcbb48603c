"""A project: a client's engagement, and a part of its usage with its own keys and totals."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.errors import Invalid, WrongState

ProjectStatus = Literal["planned", "active", "on_hold", "completed", "cancelled"]
LONGEST_DESCRIPTION = 4000
# Where a project may go from each status; a finished one may be taken up again.
NEXT: dict[ProjectStatus, tuple[ProjectStatus, ...]] = {
    "planned": ("active", "cancelled"),
    "active": ("on_hold", "completed", "cancelled"),
    "on_hold": ("active", "completed", "cancelled"),
    "completed": ("active",),
    "cancelled": ("planned",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Belongs to one organization; `archived_at` is set when nothing more is expected of it.

    It is led by one of the organization's people or by one of the staff, never by both. `contracted_nanos` is in
    the organization's currency; None when nothing was agreed. `starts_on` and `ends_on` are calendar days, both
    included.
    """

    id: UUID
    organization_id: UUID
    name: str
    created_at: datetime
    archived_at: datetime | None = None
    description: str = ""
    status: ProjectStatus = "active"
    owner_member_id: UUID | None = None
    owner_staff_id: UUID | None = None
    contracted_nanos: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def owner_id(self) -> UUID | None:
        """Who leads it."""
        return self.owner_member_id or self.owner_staff_id

    def checked(self) -> "Project":
        """The same, if its facts agree with each other.

        Raises:
            Invalid: the message names the field and the remedy.
        """
        if len(self.description) > LONGEST_DESCRIPTION:
            raise Invalid(f"description: write at most {LONGEST_DESCRIPTION} characters")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise Invalid("ends_on: name a day that is not before the start")
        if self.contracted_nanos is not None and not 0 <= self.contracted_nanos < 2**63:
            raise Invalid("contracted_value: write an amount from 0 to 9 billion")
        return self

    def moved(self, status: ProjectStatus) -> "Project":
        """The project in its next status.

        Raises:
            WrongState: that does not follow the present one.
        """
        if status not in NEXT[self.status]:
            able = ", ".join(NEXT[self.status])
            raise WrongState(
                f"status: a project that is {self.status} can become {able}, not {status}",
                project_status=self.status,
            )
        return replace(self, status=status)
