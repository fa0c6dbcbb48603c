"""Mail through an SMTP server.

The URL chooses the protection: `smtps://` speaks TLS from the first byte, `smtp+starttls://` insists on
STARTTLS, `smtp://` uses it where it is offered. A password never crosses an open line to another machine.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.typing import Default
from typing_extensions import override

from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail.letter import Delivery, Letter, checked_address, message_id

PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FINAL = 500
REFUSED = 400


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    start_tls: bool | None

    @classmethod
    def at(cls, url: str) -> "_Server":
        parts = urlsplit(url)
        host = parts.hostname or "localhost"
        insist = parts.scheme == "smtp+starttls" or (parts.username is not None and host not in LOOPBACK)
        return cls(
            host=host,
            port=parts.port or PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            start_tls=False if parts.scheme == "smtps" else (True if insist else None),
        )


class _Client(aiosmtplib.SMTP):
    """A connection that tells a letter which was refused from one whose fate nobody knows."""

    @override
    async def data(
        self,
        message: str | bytes,
        /,
        *,
        timeout: float | Literal[Default.token] | None = Default.token,
    ) -> aiosmtplib.SMTPResponse:
        """Hands the letter itself over.

        Raises:
            SMTPDataError: the server refuses it, finally or this time.
            Unconfirmed: the server says nothing, or nothing that can be understood.
        """
        try:
            return await super().data(message, timeout=timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= REFUSED:
                raise
            raise Unconfirmed(f"mail server {self.hostname}: no answer to the letter: {error}") from error


class SmtpMailer:
    """Sends through one server; a connection is made for each letter and given up after `timeout_seconds`."""

    transport: Literal["smtp"] = "smtp"

    def __init__(
        self,
        url: str,
        sender: str,
        *,
        reply_to: str | None = None,
        timeout_seconds: float = 20.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = _Server.at(url)
        self._sender = sender
        self._reply_to = reply_to
        self._timeout_seconds = timeout_seconds
        self._tls = tls

    async def deliver(self, letter: Letter) -> Delivery:
        """Hand the letter to the server.

        Raises:
            Refused: a bad address, or the server answers 5xx to the letter.
            Unavailable: anything else, also a wrong password: the letter is not at fault.
            Unconfirmed: the server has the letter, or a part of it, and its answer was lost.
        """
        message = compose(letter, self._sender, self._reply_to)
        try:
            await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _recipient_error(error) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise _letter_error(error) from error
        except aiosmtplib.SMTPNotSupported as error:
            if "SMTPUTF8" not in str(error):
                raise Unavailable(f"mail server {self._server.host}: {error}") from error
            raise Refused("bad_address", f"the mail server cannot carry this address: {error}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"mail server {self._server.host}: {error}") from error
        return Delivery(message_id(letter.outbox_id, self._sender), "smtp")

    async def _send(self, message: EmailMessage) -> None:
        server = self._server
        client = _Client(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            tls_context=self._tls,
            timeout=self._timeout_seconds,
        )
        async with client:
            await client.send_message(message)


def compose(letter: Letter, sender: str, reply_to: str | None = None) -> EmailMessage:
    """The mail as it goes over the wire: text with an HTML alternative, then the attachments.

    Raises:
        Refused: `bad_address`; `rejected` when a header would break into two.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    answers = letter.reply_to or reply_to
    try:
        message["From"] = sender
        message["To"] = checked_address(letter.to)
        message["Subject"] = letter.subject
        if answers:
            message["Reply-To"] = checked_address(answers)
    except ValueError as error:
        raise Refused("rejected", f"a header cannot be written: {error}") from error
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id(letter.outbox_id, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for item in letter.attachments:
        main, _, sub = item.media_type.partition("/")
        message.add_attachment(item.content, maintype=main, subtype=sub, filename=item.name)
    return message


def _recipient_error(error: aiosmtplib.SMTPRecipientsRefused) -> Refused | Unavailable:
    first = error.recipients[0]
    if first.code >= FINAL:
        return Refused("bad_address", f"{first.recipient}: {first.code} {first.message}")
    return Unavailable(f"{first.recipient}: {first.code} {first.message}")


def _letter_error(error: aiosmtplib.SMTPResponseException) -> Refused | Unavailable:
    detail = f"{error.code} {error.message}"
    return Refused("rejected", detail) if error.code >= FINAL else Unavailable(detail)
