"""Providers of organizations, who their people are here, and browsers on their way."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, LargeBinary, Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import memberships
from domain.sign_on import Endpoints, Identity, Provider, Trip

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
sign_on_identities = Table(
    "sign_on_identities",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False),
)
sign_on_trips = Table(
    "sign_on_trips",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("sealed_verifier", Text, nullable=False),
    Column("back_to", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
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
    """The organization has no provider, and its people no identity at one."""
    own = sign_on_identities.c.organization_id == organization_id
    await tx.execute(delete(sign_on_identities).where(own))
    await tx.execute(delete(sign_on_trips).where(sign_on_trips.c.organization_id == organization_id))
    await tx.execute(
        delete(identity_providers).where(identity_providers.c.organization_id == organization_id)
    )


async def list_enforcing(tx: Tx, *, user_id: UUID) -> frozenset[UUID]:
    """Those of a person's organizations whose people must sign in at the provider."""
    query = (
        select(identity_providers.c.organization_id)
        .join(memberships, memberships.c.organization_id == identity_providers.c.organization_id)
        .where(memberships.c.user_id == user_id, identity_providers.c.enforced)
    )
    return frozenset((await tx.execute(query)).scalars())


async def owners_signed_in(tx: Tx, *, provider: Provider) -> int:
    """How many owners of the organization have come in through its present provider."""
    same = (memberships.c.organization_id == sign_on_identities.c.organization_id) & (
        memberships.c.user_id == sign_on_identities.c.user_id
    )
    query = (
        select(func.count())
        .select_from(sign_on_identities.join(memberships, same))
        .where(
            sign_on_identities.c.organization_id == provider.organization_id,
            sign_on_identities.c.issuer == provider.endpoints.issuer,
            memberships.c.role == "owner",
        )
    )
    return (await tx.execute(query)).scalar_one()


async def find_identity(tx: Tx, *, organization_id: UUID, issuer: str, subject: str) -> Identity | None:
    """Who the provider's person is here, if they have been here before."""
    query = select(sign_on_identities).where(
        sign_on_identities.c.organization_id == organization_id,
        sign_on_identities.c.issuer == issuer,
        sign_on_identities.c.subject == subject,
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return None
    facts = row._asdict()
    return Identity(**{name: facts[name] for name in Identity.__dataclass_fields__})


async def note_identity(tx: Tx, identity: Identity, *, now: datetime) -> None:
    """The provider's person has come in now."""
    statement = upsert(sign_on_identities).values(asdict(identity), created_at=now, last_used_at=now)
    again = {"last_used_at": now, "email": identity.email}
    keys = ["organization_id", "issuer", "subject"]
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
    own = identity_providers.c.organization_id == identity.organization_id
    await tx.execute(update(identity_providers).where(own).values(used_at=now))


async def begin_trip(tx: Tx, trip: Trip, *, state_hash: bytes, now: datetime) -> None:
    """Remembers a browser that leaves for a provider, and forgets those that did not come back in time."""
    await tx.execute(delete(sign_on_trips).where(sign_on_trips.c.expires_at < now))
    await tx.execute(insert(sign_on_trips).values(asdict(trip), state_hash=state_hash))


async def end_trip(tx: Tx, *, state_hash: bytes, now: datetime) -> Trip | None:
    """The trip a browser comes back from, if it is known and in time; it is gone afterwards."""
    statement = delete(sign_on_trips).where(sign_on_trips.c.state_hash == state_hash)
    row = (await tx.execute(statement.returning(*sign_on_trips.c))).first()
    if row is None or row.expires_at <= now:
        return None
    facts = row._asdict()
    facts.pop("state_hash")
    return Trip(**facts | {"browser_hash": bytes(row.browser_hash)})


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
