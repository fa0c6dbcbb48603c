"""The faces of an invitation's page: what it says to whom, and why a link leads nowhere any more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from api.asked_invites import Asked, require_right_account
from api.pages.formats import sentence
from domain.errors import Conflict, Refusal
from domain.invite import (
    InviteAccepted,
    InviteExpired,
    InviteOver,
    InviteReplaced,
    InviteRevoked,
    WrongAccount,
)
from domain.member import ROLE_MEANINGS, STAFF_MEANINGS
from domain.user import SignedIn

Look = Literal["new", "sign_in", "join", "other", "accepted", "over"]

_TITLES: dict[type[InviteOver], str] = {
    InviteAccepted: "This invitation was accepted",
    InviteExpired: "This invitation has expired",
    InviteRevoked: "This invitation was taken back",
    InviteReplaced: "There is a newer invitation",
}
_WORDS: dict[type[InviteOver], str] = {
    InviteAccepted: "It works once. If it was you, sign in with the password you chose.",
    InviteExpired: "Nothing is lost: ask {inviter} to send it again, and use the link in the new letter.",
    InviteRevoked: "{inviter} or somebody else in charge took it back. Ask them if you think this is a mistake.",
    InviteReplaced: "It was sent again since. Look for the latest letter from us; its link is the one that works.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What the page shows; `refusal` decides the status, `words` stand where there is nothing to do."""

    look: Look
    title: str
    lead: str = ""
    words: str = ""
    button: str = ""
    role: str = ""
    meaning: str = ""
    refusal: Refusal | None = None

    @property
    def good(self) -> bool:
        """Whether the invitation may still be accepted, by whomever."""
        return self.look not in ("accepted", "over")


UNKNOWN = Face(
    look="over",
    title="This link leads nowhere",
    words="We never sent an invitation with this link. Check that it was copied whole, to its very last character.",
)


def face_of(asked: Asked, signed_in: SignedIn | None) -> Face:
    """The face for whoever looks."""
    try:
        asked.invite.require_open(asked.generation, datetime.now(UTC))
        if signed_in is not None:
            require_right_account(asked, signed_in.user)
    except InviteOver as over:
        return _over(asked, over)
    except WrongAccount:
        return _good(asked, "other")
    except Conflict as conflict:
        return Face(
            look="over", title="This account cannot join", words=sentence(conflict.detail), refusal=conflict
        )
    if signed_in is not None:
        return _good(asked, "join")
    return _good(asked, "sign_in" if asked.account else "new")


def _good(asked: Asked, look: Look) -> Face:
    role = asked.invite.role
    meanings = ROLE_MEANINGS if asked.team else STAFF_MEANINGS
    team = asked.team or "the team"
    return Face(
        look=look,
        title=f"Join {team}",
        lead=sentence(f"{asked.invite.inviter} invites you to {asked.team or 'our own team'}"),
        button=f"Join {team}",
        role=role if asked.team or role != "admin" else "staff admin",
        meaning=meanings[role],
    )


def _over(asked: Asked, over: InviteOver) -> Face:
    return Face(
        look="accepted" if isinstance(over, InviteAccepted) else "over",
        title=_TITLES[type(over)],
        lead=sentence(f"It was for {asked.team or 'our own team'}"),
        words=_WORDS[type(over)].format(inviter=asked.invite.inviter),
        refusal=over,
    )
