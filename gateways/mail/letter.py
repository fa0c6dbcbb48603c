"""What every way of sending mail takes and gives: a letter in, a delivery out, or one of two errors."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal, Protocol
from uuid import UUID

from domain.ids import show
from gateways.errors import Refused

Transport = Literal["sendgrid", "smtp", "outbox"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person. `outbox_id` is its row in the outbox and follows it through every transport."""

    outbox_id: UUID
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The next server has taken the letter over; `message_id` is the name it goes by there."""

    message_id: str
    transport: Transport


class Mailer(Protocol):
    """A way of sending mail."""

    @property
    def transport(self) -> Transport:
        """The name of the way."""
        ...

    async def deliver(self, letter: Letter) -> Delivery:
        """Hand the letter over.

        Raises:
            Refused: it will never be taken (`bad_address`, `too_large`, `rejected`).
            Unavailable: it was not taken this time.
            Unconfirmed: it may have been taken; the answer was lost.
        """
        ...


def message_id(outbox_id: UUID, sender: str) -> str:
    """The Message-ID of a letter: the same on every attempt, so that a repeated mail can be recognized."""
    return f"<{show('mail', outbox_id)}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"


def checked_address(text: str) -> str:
    """The bare address in `text`.

    Raises:
        Refused: `bad_address` when it is none, or several.
    """
    try:
        address = Address(addr_spec=parseaddr(text)[1])
    except (HeaderParseError, ValueError, IndexError):
        raise Refused("bad_address", f"{text[:100]!r} is not a mail address") from None
    if not (address.username and address.domain) or set("\r\n") & set(text):
        raise Refused("bad_address", f"{text[:100]!r} is not a mail address")
    return address.addr_spec
