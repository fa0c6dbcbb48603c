"""The deletion of an organization: asked for, decided by a second person, undone for two weeks, then final."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Forbidden, Invalid, WrongState
from domain.ids import show
from domain.organization import Organization, OrganizationState
from domain.spelling import reason_spelled

DeletionState = Literal[
    "requested", "withdrawn", "refused", "expired", "grace", "restored", "finishing", "deleted"
]
LIVING: tuple[DeletionState, ...] = ("requested", "grace", "finishing")


class SamePerson(Forbidden):
    """Nobody decides about a deletion that they asked for themselves."""

    code: ClassVar[str] = "same_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One request and what became of it; people by their ids, times aware UTC.

    `organization_was` is the organization's state before, to which a restore leads back. `deletes_at` is when the
    grace period ends.
    """

    id: UUID
    organization_id: UUID
    state: DeletionState
    reason: str
    requested_by: UUID
    requested_at: datetime
    organization_was: OrganizationState
    decides_until: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    decision_reason: str = ""
    deletes_at: datetime | None = None
    restored_by: UUID | None = None
    restored_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("del", self.id)

    @property
    def workflow_id(self) -> str:
        """The id of its process."""
        return deletion_workflow_id(self.shown_id)

    @property
    def restorable(self) -> bool:
        """Whether it can still be undone."""
        return self.state in ("requested", "grace")

    def approved(self, *, by: UUID, reason: str, now: datetime, grace: timedelta) -> "Deletion":
        """Approved by a second person; the grace period begins.

        Raises:
            WrongState: it does not wait for a decision.
            SamePerson: whoever asked decides.
        """
        self._require_decidable(by)
        decided = {"decided_by": by, "decided_at": now, "decision_reason": reason}
        return replace(self, state="grace", deletes_at=now + grace, **decided)

    def refused(self, *, by: UUID, reason: str, now: datetime) -> "Deletion":
        """Refused by a second person, who says why.

        Raises:
            WrongState: it does not wait for a decision.
            SamePerson: whoever asked decides.
        """
        self._require_decidable(by)
        return replace(self, state="refused", decided_by=by, decided_at=now, decision_reason=reason)

    def restored(self, *, by: UUID, now: datetime) -> "Deletion":
        """Taken back before the decision, or undone in the grace period.

        Raises:
            WrongState: it is over, or has begun to erase.
        """
        if not self.restorable:
            raise WrongState(f"The deletion is {self.state}: it cannot be taken back", state=self.state)
        after: DeletionState = "withdrawn" if self.state == "requested" else "restored"
        return replace(self, state=after, restored_by=by, restored_at=now)

    def expired(self) -> "Deletion":
        """Nobody decided in time."""
        return replace(self, state="expired")

    def _require_decidable(self, by: UUID) -> None:
        if self.state != "requested":
            raise WrongState(f"The deletion is {self.state}: there is nothing to decide", state=self.state)
        if by == self.requested_by:
            raise SamePerson("A second person has to decide: you asked for this deletion yourself")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """What a deletion waits for at the end of its grace period."""

    held: bool = False
    payments_under_way: int = 0
    unbilled: bool = False
    unpriced: bool = False

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.held or self.payments_under_way > 0 or self.unbilled or self.unpriced

    @property
    def words(self) -> str:
        """What is waited for, as people read it; what somebody has to do something about first."""
        if self.held:
            return "the legal hold to be lifted"
        if self.payments_under_way:
            return "a payment under way to end"
        if self.unpriced:
            return "its usage in quarantine to get a price and be released"
        return "its last usage and charges to be invoiced" if self.unbilled else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One kind of thing that goes or stays: how many there are, and for what stays, why."""

    noun: str
    count: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is still open between the organization and the house; amounts in nanos of its currency."""

    currency: str
    wallet_nanos: int
    open_invoices: int
    open_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a deletion would do, before anybody asks for it."""

    goes: tuple[Part, ...]
    stays: tuple[Part, ...]
    money: Money
    obstacles: Obstacles
    warnings: tuple[str, ...] = field(default=())


def deletion_workflow_id(shown_id: str) -> str:
    """The id of a deletion's process."""
    return f"organization-deletion/{shown_id}"


def deletion_of(
    organization: Organization,
    *,
    identifier: UUID,
    typed_name: str,
    reason: str,
    by: UUID,
    now: datetime,
    decides_within: timedelta,
) -> Deletion:
    """A fresh request; whoever asks shows by typing its name that they mean this organization.

    Raises:
        Invalid: another name was typed, or no reason.
        WrongState: the organization is being deleted already.
    """
    if " ".join(typed_name.split()) != organization.name:
        raise Invalid(f"name: type the organization's name exactly as it is written: {organization.name}")
    if organization.state not in ("active", "suspended"):
        raise WrongState(f"The organization is {organization.state}", state=organization.state)
    return Deletion(
        id=identifier,
        organization_id=organization.id,
        state="requested",
        reason=reason_spelled(reason),
        requested_by=by,
        requested_at=now,
        organization_was=organization.state,
        decides_until=now + decides_within,
    )
