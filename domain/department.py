"""A department: a part of an organization that its people belong to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """Its name is unique among the open ones; `people` counts who is in it."""

    id: UUID
    organization_id: UUID
    name: str
    created_at: datetime
    closed_at: datetime | None = None
    people: int = 0

    def require_open(self) -> None:
        """Refuses to change a closed department, or to put somebody into it.

        Raises:
            WrongState: it is closed.
        """
        if self.closed_at is not None:
            raise WrongState(f"The department {self.name} is closed; choose an open one")

    def require_empty(self) -> None:
        """Refuses to close a department with people in it.

        Raises:
            WrongState: with their number and the remedy.
        """
        if self.people:
            who = "1 person is" if self.people == 1 else f"{self.people} people are"
            raise WrongState(
                f"{who} in {self.name}; say where they move to, or take them out first", people=self.people
            )
