"""The providers at which organizations' people sign in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Table, delete, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.sessions import sessions
from db.users import memberships
from domain.roles import Role
from domain.sign_on import Endpoints, Provider

identity_providers = Table(
    "identity_providers",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("sealed_secret", Text, nullable=False),
    Column("authorization_endpoint", Text, nullable=False),
    Column("token_endpoint", Text, nullable=False),
    Column("keys_endpoint", Text, nullable=False),
    Column("person_endpoint", Text, nullable=False),
    Column("secret_in_body", Boolean, nullable=False),
    Column("names_issuer", Boolean, nullable=False),
    Column("default_role", Text, nullable=False),
    Column("allowed_domains", ARRAY(Text), nullable=False),
    Column("enforced", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("used_at", Instant),
)


async def find(tx: Tx, *, organization_id: UUID) -> Provider | None:
    """The organization's provider, if it has one."""
    query = select(identity_providers).where(identity_providers.c.organization_id == organization_id)
    row = (await tx.execute(query)).first()
    return None if row is None else _provider(row)


async def lock(tx: Tx, *, organization_id: UUID) -> Provider | None:
    """The same, unchanged by others until the transaction ends."""
    query = select(identity_providers).where(identity_providers.c.organization_id == organization_id)
    row = (await tx.execute(query.with_for_update())).first()
    return None if row is None else _provider(row)


async def save(tx: Tx, provider: Provider) -> None:
    """The organization has this provider now."""
    facts = _facts(provider)
    statement = upsert(identity_providers).values(facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id"], set_=facts))


async def remove(tx: Tx, *, organization_id: UUID) -> None:
    """The organization has no provider."""
    await tx.execute(
        delete(identity_providers).where(identity_providers.c.organization_id == organization_id)
    )


async def enforce(tx: Tx, *, organization_id: UUID, enforced: bool, now: datetime) -> None:
    """The organization's people must sign in at the provider, or need not."""
    own = identity_providers.c.organization_id == organization_id
    await tx.execute(update(identity_providers).where(own).values(enforced=enforced, updated_at=now))


async def note_use(tx: Tx, *, organization_id: UUID, now: datetime) -> None:
    """Somebody has come in through the provider now."""
    own = identity_providers.c.organization_id == organization_id
    await tx.execute(update(identity_providers).where(own).values(used_at=now))


async def list_enforcing(tx: Tx, *, user_id: UUID) -> dict[UUID, Role]:
    """Those of a person's organizations whose people must sign in at the provider, with the person's role there."""
    query = (
        select(identity_providers.c.organization_id, memberships.c.role)
        .join(memberships, memberships.c.organization_id == identity_providers.c.organization_id)
        .where(memberships.c.user_id == user_id, identity_providers.c.enforced)
    )
    return {row.organization_id: row.role for row in await tx.execute(query)}


async def end_other_sessions(tx: Tx, *, organization_id: UUID, but: bytes | None, now: datetime) -> int:
    """Ends the sessions of an organization's people that began another way; its owners' stay. Says how many."""
    owners = select(memberships.c.user_id).where(
        memberships.c.organization_id == organization_id, memberships.c.role == "owner"
    )
    statement = update(sessions).where(
        sessions.c.organization_id == organization_id,
        sessions.c.method != "single_sign_on",
        sessions.c.revoked_at.is_(None),
        sessions.c.token_hash != (but or b""),
        sessions.c.user_id.not_in(owners),
    )
    return (await tx.execute(statement.values(revoked_at=now))).rowcount


_ENDPOINTS = {
    "issuer": "issuer",
    "authorization_endpoint": "authorization",
    "token_endpoint": "token",
    "keys_endpoint": "keys",
    "person_endpoint": "person",
    "secret_in_body": "secret_in_body",
    "names_issuer": "names_issuer",
}


def _facts(provider: Provider) -> dict[str, Any]:
    """A provider as a row."""
    facts = {name: getattr(provider, name) for name in Provider.__dataclass_fields__ if name != "endpoints"}
    told = {column: getattr(provider.endpoints, name) for column, name in _ENDPOINTS.items()}
    return {**facts, **told, "allowed_domains": list(provider.allowed_domains)}


def _provider(row: AnyRow) -> Provider:
    """A row as the domain knows it."""
    facts = row._asdict()
    endpoints = Endpoints(**{name: facts.pop(column) for column, name in _ENDPOINTS.items()})
    return Provider(**facts | {"endpoints": endpoints, "allowed_domains": tuple(row.allowed_domains)})
