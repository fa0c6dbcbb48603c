"""The mail outbox: queued once per key, claimed before sending, followed by the transport's reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.mail_table import mail_from, mails
from domain.errors import NotFound
from domain.ids import new_id
from domain.mail import LEASE, UNDELIVERED, Mail, MailState, Wanted

_LONGEST_ERROR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which mails to list; what is None does not limit. `search` is a part of recipient or subject."""

    organization_id: UUID | None = None
    state: Wanted | None = None
    kind: str | None = None
    subject_id: str | None = None
    search: str | None = None


async def queue(
    tx: Tx,
    *,
    key: str,
    kind: str,
    organization_id: UUID | None,
    subject_id: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    attachments: Sequence[dict[str, str]] = (),
    secret: str | None = None,
    now: datetime,
) -> UUID:
    """Writes a mail to be sent once the transaction commits; returns its id, also when `key` was queued before.

    `secret` is the sealed link (activities/mail_secrets.py) that takes the place of READERS_LINK in `text` and
    `html` when the mail leaves.
    """
    mail_id = new_id()
    facts = {
        "id": mail_id,
        "key": key,
        "kind": kind,
        "organization_id": organization_id,
        "subject_id": subject_id,
        "recipient": recipient,
        "subject": subject,
        "text": text,
        "html": html,
        "attachments": list(attachments),
        "sealed_secret": secret,
        "created_at": now,
        "due_at": now,
    }
    statement = (
        upsert(mails).values(facts).on_conflict_do_nothing(index_elements=["key"]).returning(mails.c.id)
    )
    if (await tx.execute(statement)).first() is not None:
        return mail_id
    return (await tx.execute(select(mails.c.id).where(mails.c.key == key))).scalar_one()


async def claim(tx: Tx, *, now: datetime, limit: int) -> list[Mail]:
    """Takes mails that are due, marks them `sending` and counts the attempt; nobody else gets them."""
    due = (
        select(mails.c.id)
        .where(mails.c.state == "queued", mails.c.due_at <= now)
        .order_by(mails.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(mails)
        .where(mails.c.id.in_(due))
        .values(state="sending", claimed_at=now, attempts=mails.c.attempts + 1)
        .returning(*mails.c)
    )
    return [mail_from(row) for row in await tx.execute(statement)]


async def release_interrupted(tx: Tx, *, now: datetime, to: MailState) -> int:
    """Moves mails whose sender died long ago to `to`; returns how many."""
    statement = (
        update(mails)
        .where(mails.c.state == "sending", mails.c.claimed_at < now - LEASE)
        .values(state=to, last_error="the sending was interrupted: it is not known whether the mail left")
    )
    return (await tx.execute(statement)).rowcount


async def mark_sent(tx: Tx, *, mail_id: UUID, transport: str, message_id: str, now: datetime) -> None:
    """The transport has taken the mail over; a report that came first keeps its state.

    A secret link leaves the outbox with its mail; the local outbox, where mail is read, keeps it.
    """
    state = case((mails.c.state.in_(("sending", "unconfirmed")), "sent"), else_=mails.c.state)
    values = {
        "state": state,
        "transport": transport,
        "message_id": message_id,
        "sent_at": now,
        "last_error": "",
    }
    await tx.execute(update(mails).where(mails.c.id == mail_id).values(values))
    if transport != "outbox":
        await remove_secret(tx, mail_id=mail_id, now=now)


async def remove_secret(tx: Tx, *, mail_id: UUID, now: datetime) -> None:
    """Afterwards nobody can read the mail's secret link here any more."""
    values = {"sealed_secret": None, "secret_removed_at": now}
    sealed = mails.c.sealed_secret.is_not(None)
    await tx.execute(update(mails).where(mails.c.id == mail_id, sealed).values(values))


async def put_back(tx: Tx, *, mail_id: UUID, due_at: datetime, error: str) -> None:
    """The mail was not taken this time: it is queued again until `due_at`."""
    values = {"state": "queued", "due_at": due_at, "last_error": error[:_LONGEST_ERROR]}
    await tx.execute(update(mails).where(mails.c.id == mail_id, mails.c.state == "sending").values(values))


async def set_state(tx: Tx, *, mail_id: UUID, state: MailState, error: str) -> None:
    """Writes what became of a mail."""
    values = {"state": state, "last_error": error[:_LONGEST_ERROR]}
    await tx.execute(update(mails).where(mails.c.id == mail_id).values(values))


async def find(tx: Tx, *, mail_id: UUID) -> Mail | None:
    """The mail, if there is one that the transaction may see."""
    row = (await tx.execute(select(mails).where(mails.c.id == mail_id))).first()
    return None if row is None else mail_from(row)


async def get(tx: Tx, *, mail_id: UUID) -> Mail:
    """The mail.

    Raises:
        NotFound: there is none.
    """
    found = await find(tx, mail_id=mail_id)
    if found is None:
        raise NotFound("There is no such mail")
    return found


async def lock(tx: Tx, *, mail_id: UUID) -> Mail | None:
    """The mail, unchanged by others until the transaction ends, or None."""
    row = (await tx.execute(select(mails).where(mails.c.id == mail_id).with_for_update())).first()
    return None if row is None else mail_from(row)


async def count_copies(tx: Tx, *, key: str) -> int:
    """How many mails carry a key that begins with this one: the first and its copies."""
    query = select(func.count()).where(mails.c.key.startswith(key, autoescape=True))
    return (await tx.execute(query)).scalar_one()


async def count_waiting_about(tx: Tx, *, subject_id: str) -> int:
    """How many mails about a thing have not left yet."""
    waiting = mails.c.subject_id == subject_id, mails.c.state.in_(("queued", "sending"))
    return (await tx.execute(select(func.count()).select_from(mails).where(*waiting))).scalar_one()


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> list[Mail]:
    """At most `limit` mails that pass, the newest first."""
    query = _filtered(filters).order_by(mails.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(mails.c.id < after)
    return [mail_from(row) for row in await tx.execute(query)]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    query = select(*mails.c)
    for name in ("organization_id", "kind", "subject_id"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(mails.c[name] == value)
    if filters.state is not None:
        states = UNDELIVERED if filters.state == "undelivered" else {filters.state}
        query = query.where(mails.c.state.in_(states))
    if filters.search:
        part = filters.search
        query = query.where(
            mails.c.recipient.icontains(part, autoescape=True)
            | mails.c.subject.icontains(part, autoescape=True)
        )
    return query
