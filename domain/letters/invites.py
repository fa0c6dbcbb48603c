"""The facts of letters about invitations, frozen."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """`inviter` asks the reader to join; `team` is None for our own staff, `role_meaning` a half sentence.

    `has_account` is True where the address has an account: its person joins by signing in.
    """

    who: Correspondents
    inviter: str
    team: str | None
    role: str
    role_meaning: str
    link: str
    expires_at: datetime
    has_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteReminder(Invite):
    """The same, asked again; `last` when no further letter follows before it expires."""

    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteExpired:
    """To the inviter: nobody came. `link` leads to where it can be sent again."""

    who: Correspondents
    email: str
    team: str | None
    role: str
    sent_at: datetime
    expired_at: datetime
    link: str
