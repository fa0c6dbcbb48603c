"""Invitations as the doors show them."""

from datetime import datetime

from pydantic import BaseModel, Field

from domain.ids import show
from domain.invite import Invite, InviteRole, InviteState


class NewInvite(BaseModel):
    """Whom to invite, as what."""

    email: str = Field(max_length=320, examples=["ada@acme.example"])
    role: str = Field(max_length=32, examples=["member"])


class Resending(BaseModel):
    """Where a new letter goes; without an address to the same one."""

    email: str | None = Field(None, max_length=320, description="A corrected address")


class ShownInvite(BaseModel):
    """An invitation: sent to an address, good until `expires_at`."""

    id: str
    organization_id: str | None = Field(description="Null: into our own staff")
    email: str
    role: InviteRole
    state: InviteState
    invited_by: str
    sent_at: datetime = Field(description="When its present clock began")
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None = Field(description="When it was accepted, taken back, or expired")
    accepted_by: str | None = Field(description="The person it made a member")
    letters: int = Field(description="How many times a new link was sent")
    trouble: str = Field(description="Why the letter came back, where it did")
    may_resend: bool
    may_revoke: bool
    workflow_id: str


def shown_invite(invite: Invite) -> ShownInvite:
    """The invitation as the doors show it; its link is in its letter only."""
    return ShownInvite(
        id=show("inv", invite.id),
        organization_id=show("org", invite.organization_id) if invite.organization_id else None,
        email=invite.email,
        role=invite.role,
        state=invite.state,
        invited_by=invite.inviter,
        sent_at=invite.began_at,
        expires_at=invite.expires_at,
        created_at=invite.created_at,
        ended_at=invite.ended_at,
        accepted_by=show("usr", invite.accepted_by) if invite.accepted_by else None,
        letters=invite.generation,
        trouble=invite.trouble,
        may_resend=invite.resendable,
        may_revoke=invite.living,
        workflow_id=f"invite/{show('inv', invite.id)}",
    )
