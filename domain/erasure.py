"""The erasure of a person's account: asked for by themselves, undone for a week, then final."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Conflict, WrongState
from domain.ids import show
from domain.legal_hold import Held

ErasureState = Literal["scheduled", "cancelled", "finishing", "erased"]


class LastOwner(Conflict):
    """An organization would be left without an owner."""

    code: ClassVar[str] = "last_owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """An organization somebody belongs to, as far as it stands in the way of leaving it."""

    name: str
    last_owner: bool
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One request of one person; times are aware UTC."""

    id: UUID
    user_id: UUID
    state: ErasureState
    requested_at: datetime
    erases_at: datetime
    cancelled_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("prv", self.id)

    @property
    def workflow_id(self) -> str:
        """The id of its process."""
        return erasure_workflow_id(self.shown_id)

    def cancelled(self, now: datetime) -> "Erasure":
        """Taken back by its person.

        Raises:
            WrongState: it is over or has begun.
        """
        if self.state != "scheduled":
            raise WrongState(f"The erasure is {self.state}: it cannot be taken back", state=self.state)
        return replace(self, state="cancelled", cancelled_at=now)


def erasure_workflow_id(shown_id: str) -> str:
    """The id of an erasure's process."""
    return f"erasure/{shown_id}"


def erasure_of(
    user_id: UUID,
    belongings: Sequence[Belonging],
    *,
    staff: bool,
    identifier: UUID,
    now: datetime,
    grace: timedelta,
) -> Erasure:
    """A fresh request of a person who may go.

    Raises:
        Conflict: a staff account, which another admin closes.
        LastOwner: an organization would be left without an owner.
        Held: a legal hold covers an organization of theirs.
    """
    if staff:
        raise Conflict("A staff account is closed by another staff admin; ask one of them")
    require_free(belongings)
    return Erasure(id=identifier, user_id=user_id, state="scheduled", requested_at=now, erases_at=now + grace)


def require_free(belongings: Sequence[Belonging]) -> None:
    """Refuses while an organization needs the person.

    Raises:
        LastOwner: an organization would be left without an owner.
        Held: a legal hold covers an organization of theirs.
    """
    alone = [each.name for each in belongings if each.last_owner]
    if alone:
        raise LastOwner(
            f"You are the last owner of {', '.join(alone)}: make another member its owner, or ask for its "
            "deletion first",
            organizations=alone,
        )
    held = [each.name for each in belongings if each.held]
    if held:
        raise Held(
            f"A legal hold covers {', '.join(held)}: your account has to stay until it is lifted",
            organizations=held,
        )
