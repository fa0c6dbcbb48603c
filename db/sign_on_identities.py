"""Who the people of providers are here: found by issuer and subject, never by e-mail again."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import memberships
from domain.sign_on import Identity, Provider

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


async def count_owners(tx: Tx, *, provider: Provider) -> int:
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


async def find(tx: Tx, *, organization_id: UUID, issuer: str, subject: str) -> Identity | None:
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


async def note(tx: Tx, identity: Identity, *, now: datetime) -> None:
    """The provider's person has come in now."""
    statement = upsert(sign_on_identities).values(asdict(identity) | {"created_at": now, "last_used_at": now})
    again = {"last_used_at": now, "email": identity.email}
    keys = ["organization_id", "issuer", "subject"]
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))


async def forget(tx: Tx, *, organization_id: UUID) -> None:
    """Nobody of the organization is known by their provider any more."""
    await tx.execute(
        delete(sign_on_identities).where(sign_on_identities.c.organization_id == organization_id)
    )
