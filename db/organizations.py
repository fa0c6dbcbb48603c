"""Organizations: opened, changed, suspended, found by name, e-mail or id."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Table, func, insert, select, text, update

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.organization import Organization
from domain.principal import Interruption

organizations = Table(
    "organizations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("billing_email", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("billing_mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("legal_entity", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("suspended_reason", Text, nullable=False),
)
# What a look-up of keys or sessions adds to know whether their organization is active.
STANDING = (organizations.c.state.label("organization_state"), organizations.c.suspended_reason)
_WALLET = text("insert into wallets (organization_id, currency) values (:id, :currency)")
_PROFILE = text("insert into billing_profiles (organization_id, updated_at) values (:id, :now)")


async def insert_one(tx: Tx, organization: Organization) -> None:
    """Opens an organization with an empty wallet and an empty billing profile."""
    await tx.execute(insert(organizations).values(asdict(organization)))
    facts = {"id": organization.id, "currency": organization.currency, "now": organization.created_at}
    await tx.execute(_WALLET, facts)
    await tx.execute(_PROFILE, facts)


async def get(tx: Tx, *, organization_id: UUID) -> Organization:
    """The organization.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    found = await find(tx, organization_id=organization_id)
    if found is None:
        raise NotFound("There is no such organization")
    return found


async def find(tx: Tx, *, organization_id: UUID) -> Organization | None:
    """The organization, if there is one that the transaction may see."""
    row = (await tx.execute(select(organizations).where(organizations.c.id == organization_id))).first()
    return None if row is None else _organization(row)


async def lock(tx: Tx, *, organization_id: UUID) -> Organization:
    """The organization, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(organizations).where(organizations.c.id == organization_id).with_for_update()
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound("There is no such organization")
    return _organization(row)


async def save(tx: Tx, organization: Organization) -> None:
    """Writes what may change of an organization that was locked."""
    facts = asdict(organization)
    fixed = ("id", "currency", "created_at", "legal_entity", "kind")
    changed = {name: value for name, value in facts.items() if name not in fixed}
    await tx.execute(update(organizations).where(organizations.c.id == organization.id).values(changed))


async def list_page(tx: Tx, *, after: UUID | None, limit: int) -> Sequence[Organization]:
    """At most `limit` organizations, the newest first."""
    query = select(organizations).order_by(organizations.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(organizations.c.id < after)
    return [_organization(row) for row in await tx.execute(query)]


async def names(tx: Tx, *, organization_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those of them that exist."""
    query = select(organizations.c.id, organizations.c.name).where(organizations.c.id.in_(organization_ids))
    return {row.id: row.name for row in await tx.execute(query)}


async def currencies(tx: Tx, *, organization_ids: Collection[UUID]) -> dict[UUID, str]:
    """The currencies of those of them that exist."""
    query = select(organizations.c.id, organizations.c.currency).where(
        organizations.c.id.in_(organization_ids)
    )
    return {row.id: row.currency for row in await tx.execute(query)}


async def list_called(tx: Tx, *, name: str, limit: int) -> Sequence[Organization]:
    """At most `limit` organizations with exactly this name, in any case."""
    query = select(organizations).where(func.lower(organizations.c.name) == name.lower()).limit(limit)
    return [_organization(row) for row in await tx.execute(query)]


def interruption_of(row: AnyRow) -> Interruption | None:
    """What interrupts the organization of a row with the columns `STANDING`; None while it is active or there is none."""
    if row.organization_state in (None, "active"):
        return None
    return Interruption(row.organization_state, row.suspended_reason)


def _organization(row: AnyRow) -> Organization:
    """A row as the domain knows it."""
    return Organization(**row._asdict())
