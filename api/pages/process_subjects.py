"""What a process is about, in words that its own books may not hold: names and addresses are read when asked."""

from dataclasses import dataclass

from db import invites
from db.engine import Tx
from domain.ids import read, show
from domain.invite import Invite


@dataclass(frozen=True, slots=True)
class About:
    """A sentence about the subject, split where a moment stands, and where its page is."""

    words: str
    ends: str
    invite: Invite
    path: str


async def about(tx: Tx, subject_id: str | None) -> About | None:
    """What is known of the subject; None where the process says it all itself, or where it was erased."""
    if subject_id is None or not subject_id.startswith("inv_"):
        return None
    found = await invites.find(tx, invite_id=read("inv", subject_id))
    if found is None:
        return None
    words = f"Invite sent to {found.email} as {found.role}, by {found.inviter}"
    return About(words, "Expires" if found.living else found.state.capitalize(), found, _page(found))


def _page(invite: Invite) -> str:
    if invite.organization_id is None:
        return "/console/staff"
    return f"/console/organizations/{show('org', invite.organization_id)}/people"
