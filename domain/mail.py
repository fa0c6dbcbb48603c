"""A mail in the outbox: written down first, sent once, and followed until it arrives or comes back.

No transport can be asked whether a mail left, so a sending that was interrupted, or whose answer was lost, is never
repeated by itself: it becomes `unconfirmed`, and a person decides.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.errors import WrongState
from domain.pauses import doubled

MailState = Literal["queued", "sending", "sent", "delivered", "bounced", "failed", "unconfirmed"]
# What a list of mails may be limited to: one state, or all that did not reach their reader.
Wanted = MailState | Literal["undelivered"]
UNDELIVERED: frozenset[MailState] = frozenset({"bounced", "failed", "unconfirmed"})

# Stands in a stored letter where its reader finds a link that is for their eyes only.
READERS_LINK = "https://secret-link.invalid/"
LEASE = timedelta(minutes=5)
LAST_ATTEMPT = 30
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)

# How far a mail has come; reports arrive repeated and in any order, and only ever move it forward.
_RANK: dict[MailState, int] = {
    "queued": 0,
    "sending": 1,
    "unconfirmed": 2,
    "sent": 3,
    "delivered": 4,
    "failed": 5,
    "bounced": 6,
}
# What a transport reports of a mail; what is not here (deferred, complained) does not change its state.
REPORTS: Mapping[str, MailState] = {
    "accepted": "sent",
    "delivered": "delivered",
    "dropped": "failed",
    "bounced": "bounced",
    "blocked": "bounced",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that goes with a mail, named by its invoice: the bytes are read when it is sent."""

    invoice_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One letter to one recipient; `key` is the reason it exists, so that it is written once.

    `subject_id` is the thing it is about in its shown form (`in_…`); `claimed_at` is when a sender took it;
    `due_at` when it may be tried (again). `sealed_secret` is the link that takes the place of READERS_LINK, until
    it is removed. Times are aware UTC.
    """

    id: UUID
    key: str
    organization_id: UUID | None
    kind: str
    subject_id: str
    recipient: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    state: MailState
    transport: str
    message_id: str
    attempts: int
    due_at: datetime
    created_at: datetime
    claimed_at: datetime | None
    sent_at: datetime | None
    last_error: str
    sealed_secret: str | None = field(default=None, repr=False)
    secret_removed_at: datetime | None = None

    @property
    def left(self) -> bool:
        """True once the mail is no longer on its way out."""
        return self.state not in ("queued", "sending")

    @property
    def resendable(self) -> bool:
        """True once the mail has left, and is still whole."""
        return self.left and self.secret_removed_at is None

    def require_resendable(self) -> None:
        """Refuses to send a second copy while the first is on its way out, or of a link that is gone.

        Raises:
            WrongState: the mail waits to be sent, is being sent, or had a link for its reader only.
        """
        if self.secret_removed_at is not None:
            raise WrongState(
                "The link in this mail was for its reader only and was removed when the mail left: "
                "send a new invitation, or ask for a new link, instead of a copy",
                state=self.state,
            )
        if not self.left:
            raise WrongState(f"The mail is {self.state}: wait until it has left", state=self.state)

    def with_link(self, link: str) -> "Mail":
        """The letter with its secret link in place."""
        return self._told(text=link, markup=html.escape(link))

    def without_link(self, words: str) -> "Mail":
        """The letter with `words` where its secret link was, and nothing to click."""
        dead = replace(self, html=self.html.replace(f'href="{READERS_LINK}"', 'href="#"'))
        return dead._told(text=words, markup=html.escape(words))

    def _told(self, *, text: str, markup: str) -> "Mail":
        return replace(
            self,
            text=self.text.replace(READERS_LINK, text),
            html=self.html.replace(READERS_LINK, markup),
        )


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: doubling from five seconds to one hour."""
    return doubled(_FIRST_DELAY, _LONGEST_DELAY, attempts=attempts)


def furthest(now: MailState, reported: MailState) -> MailState:
    """The state after a report, whatever order reports come in."""
    return max(now, reported, key=_RANK.__getitem__)
