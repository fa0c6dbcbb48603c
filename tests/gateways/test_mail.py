"""Mail by SMTP, over a real loopback server: every answer is a delivery, a refusal or "try again"."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typing_extensions import override

from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail import OutboxMailer, SendGridMailer, SmtpMailer, open_mailer
from tests.gateways.mails import LETTER, ROW, SENDER
from tests.gateways.sinks import certificate


class Mailbox:
    """A mail server's inside: keeps what it takes; refuses `refused`, is busy for `busy`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.login: LoginPassword | None = None
        self.encrypted = False

    async def handle_RCPT(  # noqa: N802 — aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 no such mailbox"
        if address.startswith("busy"):
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 — aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        if b"forbidden" in raw:
            return "554 message rejected"
        self.mails.append(email.message_from_bytes(raw, policy=email.policy.default))
        self.encrypted = session.ssl is not None
        if b"vanish" in raw and server.transport is not None:
            server.transport.close()
        if b"say nothing" in raw:
            await asyncio.sleep(1)
        return "251 perhaps" if b"mumble" in raw else "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.login = data
        return AuthResult(success=data.password == b"p@ss", handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


class Connection(SMTP):
    """One connection, which does not outlive the server."""

    def __init__(self, handler: Mailbox, **options: Any) -> None:
        super().__init__(handler, **options)
        self._first: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # STARTTLS makes it a second time, over the same socket.
        self._first = self._first or cast("asyncio.WriteTransport", transport)
        super().connection_made(transport)

    async def end(self) -> None:
        """Afterwards its socket is closed."""
        if self._first is None:
            return
        self._first.abort()
        while self._first.get_extra_info("socket").fileno() >= 0:  # noqa: ASYNC110 — the loop closes it, and tells nobody
            await asyncio.sleep(0)


@asynccontextmanager
async def serving(mailbox: Mailbox, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A real SMTP server on a free loopback port, as host:port."""

    connections: list[Connection] = []

    def connection() -> Connection:
        connections.append(
            Connection(
                mailbox,
                tls_context=tls,
                require_starttls=tls is not None,
                authenticator=mailbox.authenticate,
                auth_require_tls=False,
            )
        )
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            for one in connections:
                await one.end()


@pytest.fixture
async def plain(mailbox: Mailbox) -> AsyncIterator[str]:
    async with serving(mailbox) as address:
        yield address


async def test_smtp_carries_text_html_attachment_and_a_lasting_message_id(
    mailbox: Mailbox, plain: str
) -> None:
    delivery = await SmtpMailer(f"smtp://{plain}", SENDER).deliver(LETTER)
    (mail,) = mailbox.mails
    assert mail["Message-ID"] == delivery.message_id == f"<mail_{ROW.hex}@backoffice.example>"
    assert mail["Subject"] == LETTER.subject
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == (LETTER.text, LETTER.html)
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("BO-000042.pdf", b"%PDF-1.7")


async def test_smtp_signs_in_with_the_urls_percent_encoded_password(mailbox: Mailbox, plain: str) -> None:
    await SmtpMailer(f"smtp://bob:p%40ss@{plain}", SENDER).deliver(LETTER)
    assert mailbox.login is not None
    assert mailbox.login.login == b"bob"


async def test_smtp_encrypts_with_starttls(mailbox: Mailbox, tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path)
    async with serving(mailbox, server_side) as address:
        await SmtpMailer(f"smtp+starttls://{address}", SENDER, tls=client_side).deliver(LETTER)
    assert mailbox.encrypted


async def test_smtp_does_not_send_where_starttls_is_missing(mailbox: Mailbox, plain: str) -> None:
    with pytest.raises(Unavailable, match="STARTTLS"):
        await SmtpMailer(f"smtp+starttls://{plain}", SENDER).deliver(LETTER)
    assert not mailbox.mails


async def test_smtp_does_not_trust_an_unknown_certificate(mailbox: Mailbox, tmp_path: Path) -> None:
    server_side, _ = certificate(tmp_path)
    async with serving(mailbox, server_side) as address:
        with pytest.raises(Unavailable):
            await SmtpMailer(f"smtp+starttls://{address}", SENDER).deliver(LETTER)


async def test_a_mailbox_that_does_not_exist_is_final(plain: str) -> None:
    with pytest.raises(Refused) as caught:
        await SmtpMailer(f"smtp://{plain}", SENDER).deliver(replace(LETTER, to="refused@client.example"))
    assert caught.value.code == "bad_address"


async def test_a_rejected_message_is_final(plain: str) -> None:
    with pytest.raises(Refused) as caught:
        await SmtpMailer(f"smtp://{plain}", SENDER).deliver(replace(LETTER, text="forbidden"))
    assert caught.value.code == "rejected"


async def test_a_busy_server_a_wrong_password_and_no_server_are_tried_again(plain: str) -> None:
    busy = replace(LETTER, to="busy@client.example")
    for url, letter in (
        (f"smtp://{plain}", busy),
        (f"smtp://bob:wrong@{plain}", LETTER),
        ("smtp://127.0.0.1:9", LETTER),
    ):
        with pytest.raises(Unavailable):
            await SmtpMailer(url, SENDER).deliver(letter)


@pytest.mark.parametrize("then", ["vanish", "say nothing", "mumble"])
async def test_a_letter_that_the_server_took_without_an_answer_is_unconfirmed(
    plain: str, mailbox: Mailbox, then: str
) -> None:
    with pytest.raises(Unconfirmed):
        await SmtpMailer(f"smtp://{plain}", SENDER, timeout_seconds=0.5).deliver(replace(LETTER, text=then))
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    "to", ["", "nobody", "a b@c.example", "a@b.example\r\nBcc: eve@x.example", "a@", "@b"]
)
async def test_what_is_no_address_is_refused_by_every_transport(to: str) -> None:
    for mailer in (
        OutboxMailer(SENDER),
        SmtpMailer("smtp://127.0.0.1:9", SENDER),
        SendGridMailer("SG.key", SENDER),
    ):
        with pytest.raises(Refused) as caught:
            await mailer.deliver(replace(LETTER, to=to))
        assert caught.value.code == "bad_address"


async def test_a_subject_cannot_smuggle_a_header() -> None:
    with pytest.raises(Refused):
        await SmtpMailer("smtp://127.0.0.1:9", SENDER).deliver(
            replace(LETTER, subject="x\r\nBcc: eve@x.example")
        )


async def test_the_outbox_delivers_to_nothing_and_names_the_letter() -> None:
    delivery = await OutboxMailer(SENDER).deliver(LETTER)
    assert (delivery.transport, delivery.message_id) == ("outbox", f"<mail_{ROW.hex}@backoffice.example>")


def test_the_settings_choose_the_transport() -> None:
    assert open_mailer(sender=SENDER).transport == "outbox"
    assert open_mailer(sender=SENDER, smtp_url="smtps://u:p@mail.example").transport == "smtp"
    assert open_mailer(sender=SENDER, smtp_url="smtp://x", sendgrid_api_key="SG.x").transport == "sendgrid"
