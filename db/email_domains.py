"""Domains that organizations name and prove to be their own."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, exists, insert, select, update

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.email_domain import EmailDomain, Proof
from domain.errors import Conflict, NotFound

email_domains = Table(
    "email_domains",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("mail_token_hash", LargeBinary, unique=True),
    Column("mail_sent_to", Text, nullable=False),
    Column("mail_expires_at", Instant),
    Column("proven_at", Instant),
    Column("proven_by", Text),
    Column("created_at", Instant, nullable=False),
)
_SHOWN = [column for column in email_domains.c if column.name != "mail_token_hash"]


async def insert_one(tx: Tx, domain: EmailDomain) -> None:
    """Keeps a domain that an organization names.

    Raises:
        Conflict: it has named it already.
    """
    same = email_domains.c.organization_id == domain.organization_id
    if (await tx.execute(select(exists().where(same, email_domains.c.name == domain.name)))).scalar_one():
        raise Conflict(f"name: {domain.name} is in the list already")
    await tx.execute(insert(email_domains).values(asdict(domain)))


async def list_of(tx: Tx, *, organization_id: UUID) -> Sequence[EmailDomain]:
    """An organization's domains, by name."""
    query = select(*_SHOWN).where(email_domains.c.organization_id == organization_id)
    return [_domain(row) for row in await tx.execute(query.order_by(email_domains.c.name))]


async def list_proven(tx: Tx, *, organization_id: UUID) -> frozenset[str]:
    """The names of an organization's proven domains."""
    found = await list_of(tx, organization_id=organization_id)
    return frozenset(domain.name for domain in found if domain.proven_at is not None)


async def owner_of(tx: Tx, *, name: str) -> UUID | None:
    """The organization that has proven a domain."""
    query = select(email_domains.c.organization_id)
    query = query.where(email_domains.c.name == name, email_domains.c.proven_at.is_not(None))
    return (await tx.execute(query)).scalar_one_or_none()


async def get(tx: Tx, *, domain_id: UUID) -> EmailDomain:
    """The domain.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(*_SHOWN).where(email_domains.c.id == domain_id))).first()
    if row is None:
        raise NotFound("There is no such domain")
    return _domain(row)


async def find_by_mail(tx: Tx, *, token_hash: bytes, now: datetime) -> EmailDomain | None:
    """The domain that a letter's link proves, while the link works; locked until the transaction ends."""
    query = select(*_SHOWN).where(
        email_domains.c.mail_token_hash == token_hash, email_domains.c.mail_expires_at > now
    )
    row = (await tx.execute(query.with_for_update())).first()
    return None if row is None else _domain(row)


async def note_mail(
    tx: Tx, *, domain_id: UUID, token_hash: bytes, sent_to: str, expires_at: datetime
) -> None:
    """A letter with a link is on its way; earlier links stop working."""
    values = {"mail_token_hash": token_hash, "mail_sent_to": sent_to, "mail_expires_at": expires_at}
    await tx.execute(update(email_domains).where(email_domains.c.id == domain_id).values(values))


async def prove(tx: Tx, *, domain: EmailDomain, by: Proof, now: datetime) -> None:
    """The domain is the organization's own; its links work no more.

    Raises:
        Conflict: another organization has proven it.
    """
    taken = exists().where(
        email_domains.c.name == domain.name,
        email_domains.c.proven_at.is_not(None),
        email_domains.c.id != domain.id,
    )
    if (await tx.execute(select(taken))).scalar_one():
        raise Conflict(f"{domain.name} is proven by another organization; ask us to move it")
    values = {"proven_at": now, "proven_by": by, "mail_token_hash": None, "mail_expires_at": None}
    await tx.execute(update(email_domains).where(email_domains.c.id == domain.id).values(values))


async def remove(tx: Tx, *, domain_id: UUID) -> None:
    """The organization no longer names the domain."""
    await tx.execute(delete(email_domains).where(email_domains.c.id == domain_id))


def _domain(row: AnyRow) -> EmailDomain:
    """A row as the domain knows it."""
    return EmailDomain(**row._asdict())
