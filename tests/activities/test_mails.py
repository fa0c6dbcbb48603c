"""Sending what waits: once, later again, or never; and believing the transport's reports in any order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.mail_secrets import MailSecrets
from activities.mails import MailPump, note_report, send_again
from db import mails
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import WrongState
from domain.ids import new_id, show
from domain.mail import Mail
from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail import Delivery, Letter, Mailer, MailEvent, OutboxMailer
from gateways.mail.events import Event
from gateways.mail.letter import Transport
from tests.owed import invoice

SECRETS = MailSecrets("a secret of the installation, long enough")
NOW = datetime.now(UTC) - timedelta(seconds=1)


@dataclass
class Postman:
    """Takes letters, or fails as told."""

    transport: Transport = "smtp"
    failure: Exception | None = None
    taken: list[Letter] = field(default_factory=list)

    async def deliver(self, letter: Letter) -> Delivery:
        if self.failure:
            raise self.failure
        self.taken.append(letter)
        return Delivery("<1@smtp>", self.transport)


def pump(database: Database, mailer: Mailer) -> MailPump:
    return MailPump(database, mailer, SECRETS)


async def queued(database: Database, *, invoice_id: UUID | None = None) -> UUID:
    attachments = [{"invoice_id": show("in", invoice_id), "name": "invoice.pdf"}] if invoice_id else []
    async with database.begin() as tx:
        return await mails.queue(
            tx,
            key=f"invoice:{invoice_id}",
            kind="invoice",
            organization_id=None,
            subject_id="",
            recipient="alice@example.com",
            subject="Your invoice",
            text="Hello",
            html="<p>Hello</p>",
            attachments=attachments,
            now=NOW,
        )


async def mail_of(database: Database, mail_id: UUID) -> Mail:
    async with database.begin() as tx:
        return await mails.get(tx, mail_id=mail_id)


async def test_a_queued_mail_leaves_once(database: Database) -> None:
    mail_id, postman = await queued(database), Postman()
    assert await pump(database, postman).run_once() == 1
    assert await pump(database, postman).run_once() == 0
    mail = await mail_of(database, mail_id)
    assert (mail.state, mail.transport, mail.message_id) == ("sent", "smtp", "<1@smtp>")
    assert [letter.outbox_id for letter in postman.taken] == [mail_id]


async def test_a_busy_transport_is_tried_again_later(database: Database) -> None:
    mail_id, postman = await queued(database), Postman(failure=Unavailable("busy"))
    await pump(database, postman).run_once()
    mail = await mail_of(database, mail_id)
    assert (mail.state, mail.last_error) == ("queued", "busy")
    assert mail.due_at > datetime.now(UTC)


async def test_a_refused_mail_fails_for_good(database: Database) -> None:
    mail_id, postman = await queued(database), Postman(failure=Refused("bad_address", "no such box"))
    await pump(database, postman).run_once()
    assert await pump(database, postman).run_once() == 0
    mail = await mail_of(database, mail_id)
    assert (mail.state, mail.last_error) == ("failed", "bad_address: no such box")


async def test_a_mail_whose_answer_was_lost_waits_for_a_person_and_is_not_sent_again(
    database: Database,
) -> None:
    mail_id, postman = await queued(database), Postman(failure=Unconfirmed("no answer"))
    await pump(database, postman).run_once()
    postman.failure = None
    assert await pump(database, postman).run_once() == 0
    mail = await mail_of(database, mail_id)
    assert (mail.state, mail.last_error, postman.taken) == ("unconfirmed", "no answer", [])


@pytest.mark.parametrize(("transport", "state"), [("smtp", "unconfirmed"), ("outbox", "sent")])
async def test_an_interrupted_sending_is_repeated_only_where_nothing_leaves(
    database: Database, transport: Transport, state: str
) -> None:
    mail_id, postman = await queued(database), Postman(transport=transport)
    async with database.begin() as tx:
        await mails.claim(tx, now=NOW, limit=1)
        await tx.execute(text("update mails set claimed_at = now() - interval '1 hour'"))
    await pump(database, postman).run_once()
    assert (await mail_of(database, mail_id)).state == state


async def test_a_mail_waits_until_its_document_is_rendered(database: Database) -> None:
    owed, postman = await invoice(database), Postman()
    mail_id = await queued(database, invoice_id=owed.invoice_id)
    await pump(database, postman).run_once()
    assert "not rendered yet" in (await mail_of(database, mail_id)).last_error
    async with database.begin() as tx:
        facts = {"i": owed.invoice_id, "o": owed.organization_id}
        await tx.execute(
            text("insert into invoice_documents values (:i, :o, sha256('a'), 1, '%PDF', now())"), facts
        )
        await tx.execute(text("update mails set due_at = now()"))
    await pump(database, postman).run_once()
    assert [a.content for letter in postman.taken for a in letter.attachments] == [b"%PDF"]


@pytest.mark.parametrize("order", list(permutations(("accepted", "delivered", "bounced"))))
async def test_reports_give_the_same_state_in_any_order(database: Database, order: tuple[Event, ...]) -> None:
    mail_id = await queued(database)
    await pump(database, Postman()).run_once()
    async with database.begin() as tx:
        for event in (*order, *order):
            report = MailEvent(outbox_id=mail_id, event=event, reason="box full", at=NOW, event_id=event)
            assert await note_report(tx, report)
    mail = await mail_of(database, mail_id)
    assert (mail.state, mail.last_error) == ("bounced", "bounced: box full")


@pytest.mark.parametrize("event", get_args(Event))
async def test_a_report_about_an_unknown_mail_is_told_apart(database: Database, event: Event) -> None:
    async with database.begin() as tx:
        report = MailEvent(outbox_id=new_id(), event=event, reason="", at=NOW, event_id="1")
        assert not await note_report(tx, report)


async def test_sending_again_queues_a_copy_and_is_audited(database: Database) -> None:
    mail_id = await queued(database)
    await pump(database, OutboxMailer("Backoffice <b@example.com>")).run_once()
    async with database.begin() as tx:
        copy = await send_again(tx, mail_id=mail_id, actor=SYSTEM, now=NOW)
        actions = (await tx.execute(text("select action from audit"))).scalars().all()
    assert (copy.state, copy.subject, copy.id != mail_id) == ("queued", "Your invoice", True)
    assert actions == ["mail.resent"]


async def test_a_mail_on_its_way_is_not_sent_again(database: Database) -> None:
    mail_id = await queued(database)
    async with database.begin() as tx:
        with pytest.raises(WrongState, match="queued"):
            await send_again(tx, mail_id=mail_id, actor=SYSTEM, now=NOW)
