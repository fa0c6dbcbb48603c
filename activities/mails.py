"""Sending what waits in the outbox, and following what the transport reports afterwards.

A mail is marked `sending` and committed before the transport is called. When the answer is lost, alone or with the
process, nobody can know whether it left: it becomes `unconfirmed` and waits for a person, unless nothing leaves this
machine anyway.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from activities.invites import note_returned
from activities.mail_secrets import MailSecrets
from db import audit, invoice_files, mails
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.ids import read, show
from domain.mail import LAST_ATTEMPT, REPORTS, Mail, delay_after, furthest
from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail import Attachment, Letter, Mailer, MailEvent

log = structlog.get_logger(__name__)
_AT_ONCE = 4
_BATCH = 20


class MailPump:
    """Sends what is due. Safe to run in several processes: claims skip what others hold."""

    name = "mails"
    idle_seconds = 1.0

    def __init__(self, database: Database, mailer: Mailer, secrets: MailSecrets) -> None:
        self._database = database
        self._mailer = mailer
        self._secrets = secrets

    async def run_once(self) -> int:
        """Afterwards every claimed mail is sent, due again later, or failed; says how many were claimed."""
        now = _now()
        async with self._database.begin() as tx:
            # The local outbox sends nothing, so a repeated sending repeats nothing.
            to = "queued" if self._mailer.transport == "outbox" else "unconfirmed"
            released = await mails.release_interrupted(tx, now=now, to=to)
            claimed = await mails.claim(tx, now=now, limit=_BATCH)
        if released:
            log.warning("mails were interrupted while they were sent", count=released, state=to)
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._within(slots, mail) for mail in claimed))
        return len(claimed)

    async def _within(self, slots: asyncio.Semaphore, mail: Mail) -> None:
        async with slots:
            await self._send(mail)

    async def _send(self, mail: Mail) -> None:
        try:
            letter = await self._letter(self._secrets.to_send(mail))
            delivery = await self._mailer.deliver(letter)
        except Refused as refused:
            await self._failed(mail, f"{refused.code}: {refused.detail}")
        except Unavailable as unavailable:
            await self._delayed(mail, unavailable)
        except Unconfirmed as lost:
            await self._unconfirmed(mail, lost)
        else:
            async with self._database.begin() as tx:
                await mails.mark_sent(
                    tx,
                    mail_id=mail.id,
                    transport=delivery.transport,
                    message_id=delivery.message_id,
                    now=_now(),
                )

    async def _letter(self, mail: Mail) -> Letter:
        """The letter with its attachments.

        Raises:
            Unavailable: a document is not rendered yet.
        """
        files: list[Attachment] = []
        async with self._database.begin() as tx:
            for item in mail.attachments:
                content = await invoice_files.find_document(tx, invoice_id=read("in", item.invoice_id))
                if content is None:
                    raise Unavailable(f"the document of {item.invoice_id} is not rendered yet")
                files.append(Attachment(item.name, "application/pdf", content))
        return Letter(
            outbox_id=mail.id,
            to=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            attachments=tuple(files),
        )

    async def _delayed(self, mail: Mail, unavailable: Unavailable) -> None:
        if mail.attempts >= LAST_ATTEMPT:
            await self._failed(mail, f"given up after {mail.attempts} attempts: {unavailable.detail}")
            return
        log.warning(
            "mail delayed", mail=show("mail", mail.id), attempts=mail.attempts, reason=unavailable.detail
        )
        async with self._database.begin() as tx:
            due_at = _now() + delay_after(mail.attempts)
            await mails.put_back(tx, mail_id=mail.id, due_at=due_at, error=unavailable.detail)

    async def _unconfirmed(self, mail: Mail, lost: Unconfirmed) -> None:
        log.error("mail unconfirmed", mail=show("mail", mail.id), reason=lost.detail)
        async with self._database.begin() as tx:
            now = await mails.lock(tx, mail_id=mail.id)
            # A report may have come before the answer was given up.
            if now is not None and not now.left:
                await mails.set_state(tx, mail_id=mail.id, state="unconfirmed", error=lost.detail)

    async def _failed(self, mail: Mail, reason: str) -> None:
        log.error("mail failed", mail=show("mail", mail.id), reason=reason)
        async with self._database.begin() as tx:
            await mails.set_state(tx, mail_id=mail.id, state="failed", error=reason)
            await note_returned(tx, mail, reason)


async def note_report(tx: Tx, event: MailEvent) -> bool:
    """Moves a mail forward by what its transport reports, in any order, repeated or not; False when unknown."""
    mail = await mails.lock(tx, mail_id=event.outbox_id)
    if mail is None:
        return False
    reported = REPORTS.get(event.event)
    if reported is None:
        return True
    await mails.remove_secret(tx, mail_id=mail.id, now=_now())
    state = furthest(mail.state, reported)
    if state != mail.state:
        await mails.set_state(tx, mail_id=mail.id, state=state, error=_reason(event))
        if state in ("bounced", "failed"):
            await note_returned(tx, mail, _reason(event))
    return True


def _reason(event: MailEvent) -> str:
    return "" if event.event in ("accepted", "delivered") else f"{event.event}: {event.reason}"


async def send_again(tx: Tx, *, mail_id: UUID, actor: Actor, now: datetime) -> Mail:
    """Queues a copy of a mail that has left, come back, failed, or may have left.

    Raises:
        NotFound: there is no such mail.
        WrongState: it is still on its way out, or its link was for its reader only.
    """
    mail = await mails.get(tx, mail_id=mail_id)
    mail.require_resendable()
    first = mail.key.partition(":again:")[0]
    copies = await mails.count_copies(tx, key=first)
    copy_id = await mails.queue(
        tx,
        key=f"{first}:again:{copies}",
        kind=mail.kind,
        organization_id=mail.organization_id,
        subject_id=mail.subject_id,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=[{"invoice_id": item.invoice_id, "name": item.name} for item in mail.attachments],
        secret=mail.sealed_secret,
        now=now,
    )
    facts = {"copy": show("mail", copy_id), "kind": mail.kind, "about": mail.subject_id}
    entry = Entry("mail.resent", "mail", show("mail", mail.id), mail.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)
    return await mails.get(tx, mail_id=copy_id)


def _now() -> datetime:
    return datetime.now(UTC)
