"""Invitations: sent to an address, good for one person and some days, replaced by their newest letter.

A link belongs to a generation of its invitation; sending it anew begins the next one and restarts the clock.
The state in the books is the process's; a link whose time is up is refused even before the process says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.email import email_spelled
from domain.errors import Conflict, Invalid, Refusal, WrongState

InviteState = Literal["sent", "accepted", "expired", "revoked", "bounced"]
InviteRole = Literal["owner", "admin", "member", "viewer", "contractor"]
StaffInviteRole = Literal["admin", "contractor"]

STAFF_INVITE_ROLES: tuple[StaffInviteRole, ...] = ("admin", "contractor")
ORGANIZATION_INVITE_ROLES: tuple[InviteRole, ...] = ("owner", "admin", "member", "viewer")
MOST_LIVING = 500
MOST_LETTERS = 20
_LAST_REMINDER = timedelta(days=1)
_APART = timedelta(hours=12)


class InviteOver(Refusal):
    """The link of an invitation leads nowhere any more."""

    code: ClassVar[str] = "invite_over"


class InviteAccepted(InviteOver):
    """The invitation was accepted."""

    code: ClassVar[str] = "invite_accepted"


class InviteExpired(InviteOver):
    """The invitation's time is up."""

    code: ClassVar[str] = "invite_expired"


class InviteRevoked(InviteOver):
    """The invitation was taken back."""

    code: ClassVar[str] = "invite_revoked"


class InviteReplaced(InviteOver):
    """A newer letter carries the link that works."""

    code: ClassVar[str] = "invite_replaced"


class SignInFirst(Conflict):
    """The address has an account: its person accepts by signing in."""

    code: ClassVar[str] = "sign_in_first"


class WrongAccount(Conflict):
    """Somebody else is signed in than the invitation is for."""

    code: ClassVar[str] = "wrong_account"


class LivingInvite(Conflict):
    """The address has an invitation already."""

    code: ClassVar[str] = "invited_already"


class AlreadyMember(Conflict):
    """The person belongs already."""

    code: ClassVar[str] = "member_already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """One address asked to join; without an organization it is for our own staff. Times are aware UTC.

    `inviter` is the name the letter gives, `invited_by` the person where it was one. `trouble` says why a
    letter came back. `ended_at` is set once it was accepted, revoked or has expired.
    """

    id: UUID
    organization_id: UUID | None
    email: str
    role: InviteRole
    inviter: str
    began_at: datetime
    expires_at: datetime
    created_at: datetime
    state: InviteState = "sent"
    generation: int = 1
    invited_by: UUID | None = None
    ended_at: datetime | None = None
    accepted_by: UUID | None = None
    trouble: str = ""

    @property
    def living(self) -> bool:
        """True while somebody may still accept it."""
        return self.ended_at is None

    @property
    def resendable(self) -> bool:
        """True when a new letter may begin its clock anew."""
        return self.living or self.state == "expired"

    def require_open(self, generation: int, now: datetime) -> None:
        """Refuses a link that leads nowhere any more.

        Raises:
            InviteOver: accepted, taken back, replaced or expired, each as its own class.
        """
        if self.state == "accepted":
            raise InviteAccepted("This invitation was accepted already. Sign in with the account it made")
        if self.state == "revoked":
            raise InviteRevoked("This invitation was taken back. Ask whoever invited you for a new one")
        if generation != self.generation:
            raise InviteReplaced("A newer invitation was sent. Use the link in the latest letter")
        if self.state == "expired" or now >= self.expires_at:
            raise InviteExpired("This invitation has expired. Ask whoever invited you to send it again")

    def resent(self, *, email: str | None, now: datetime, lasts: timedelta) -> "Invite":
        """The invitation with its clock started anew, where asked to a corrected address.

        Raises:
            WrongState: it was accepted or taken back.
            Invalid: the address is none, or it was sent too often.
        """
        if not self.resendable:
            raise WrongState(f"The invitation was {self.state}: send a new one instead", state=self.state)
        if self.generation >= MOST_LETTERS:
            raise Invalid(f"It was sent {self.generation} times: take it back, and ask for another address")
        return replace(
            self,
            email=self.email if email is None else email_spelled(email),
            state="sent",
            generation=self.generation + 1,
            began_at=now,
            expires_at=now + lasts,
            ended_at=None,
            trouble="",
        )

    def revoked(self, now: datetime) -> "Invite":
        """The invitation, taken back.

        Raises:
            WrongState: it has ended.
        """
        if not self.living:
            raise WrongState(f"The invitation was {self.state} already", state=self.state)
        return replace(self, state="revoked", ended_at=now)

    def accepted(self, user_id: UUID, now: datetime) -> "Invite":
        """The invitation, accepted by that person."""
        return replace(self, state="accepted", accepted_by=user_id, ended_at=now)

    def expired(self, now: datetime) -> "Invite":
        """The invitation, its time up; one that has ended stays as it is."""
        return replace(self, state="expired", ended_at=now) if self.living else self

    def bounced(self, reason: str) -> "Invite":
        """The invitation whose letter came back; one that has ended stays as it is."""
        return replace(self, state="bounced", trouble=reason[:500]) if self.living else self


def role_invited(role: str, *, to_staff: bool) -> InviteRole:
    """The role of an invitation.

    Raises:
        Invalid: it is none of those one can be invited as.
    """
    known: tuple[InviteRole, ...] = STAFF_INVITE_ROLES if to_staff else ORGANIZATION_INVITE_ROLES
    for name in known:
        if name == role:
            return name
    raise Invalid(f"role: '{role[:32]}' is none of {', '.join(known)}")


def reminder_times(began_at: datetime, expires_at: datetime) -> tuple[datetime, ...]:
    """When an unanswered invitation is recalled: half-way, and a day before its end where that is later."""
    half_way, last = began_at + (expires_at - began_at) / 2, expires_at - _LAST_REMINDER
    return (half_way, last) if last - half_way >= _APART else (half_way,)
