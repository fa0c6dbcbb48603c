"""API keys by the keyed hash of their secret."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    LargeBinary,
    SmallInteger,
    Table,
    and_,
    column,
    insert,
    or_,
    select,
    update,
    values,
)

from db.engine import Tx
from db.organizations import STANDING, interruption_of, organizations
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.api_key import ApiKey
from domain.errors import NotFound
from domain.principal import Interruption

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid),
    Column("project_id", Uuid),
    Column("name", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("replaced_by", Uuid),
    Column("last_used_at", Instant),
    Column("kind", Text, nullable=False),
    Column("origins", ARRAY(Text), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("created_by_user", Uuid),
    Column("last_used_ip", Text, nullable=False),
    Column("warned_days", SmallInteger),
)
_SHOWN = [column for column in api_keys.c if column.name != "key_hash"]
USE_NOTED_EVERY = timedelta(minutes=1)


async def insert_one(tx: Tx, key: ApiKey, *, key_hash: bytes) -> None:
    """Keeps a new key."""
    facts = {
        **asdict(key),
        "scopes": list(key.scopes),
        "origins": list(key.origins),
        "key_hash": key_hash,
    }
    await tx.execute(insert(api_keys).values(facts))


async def find_by_hash(tx: Tx, *, key_hash: bytes) -> tuple[ApiKey, Interruption | None] | None:
    """The key of that hash, working or not, and what interrupts its organization."""
    query = select(*_SHOWN, *STANDING).outerjoin_from(
        api_keys, organizations, organizations.c.id == api_keys.c.organization_id
    )
    row = (await tx.execute(query.where(api_keys.c.key_hash == key_hash))).first()
    return None if row is None else (_key(row), interruption_of(row))


async def lock(tx: Tx, *, key_id: UUID) -> ApiKey:
    """The key, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(*_SHOWN).where(api_keys.c.id == key_id).with_for_update())).first()
    if row is None:
        raise NotFound("There is no such API key")
    return _key(row)


async def list_page(
    tx: Tx, *, organization_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[ApiKey]:
    """At most `limit` keys of an organization, or of the staff when None; the newest first."""
    query = select(*_SHOWN).where(api_keys.c.organization_id.is_not_distinct_from(organization_id))
    if after is not None:
        query = query.where(api_keys.c.id < after)
    return [_key(row) for row in await tx.execute(query.order_by(api_keys.c.id.desc()).limit(limit))]


async def replace(tx: Tx, *, key_id: UUID, replaced_by: UUID, expires_at: datetime) -> None:
    """The key works until its overlap ends; never longer than it would have."""
    ends = and_(
        api_keys.c.id == key_id, or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > expires_at)
    )
    await tx.execute(update(api_keys).where(ends).values(expires_at=expires_at))
    await tx.execute(update(api_keys).where(api_keys.c.id == key_id).values(replaced_by=replaced_by))


async def revoke(tx: Tx, *, key_id: UUID, now: datetime) -> None:
    """The key stops working; when it was revoked already nothing changes."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    await tx.execute(statement.values(revoked_at=now))


async def note_uses(tx: Tx, *, addresses: Mapping[UUID, str], now: datetime) -> None:
    """The keys were used about now, each last from its address."""
    uses = values(column("id", Uuid), column("address", Text), name="uses").data(list(addresses.items()))
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < now - USE_NOTED_EVERY)
    moved = api_keys.c.last_used_ip != uses.c.address
    statement = update(api_keys).where(api_keys.c.id == uses.c.id, or_(stale, moved))
    await tx.execute(statement.values(last_used_at=now, last_used_ip=uses.c.address))


def _key(row: AnyRow) -> ApiKey:
    """A row as the domain knows it."""
    facts = row._asdict()
    for fact in STANDING:
        facts.pop(fact.name, None)
    facts |= {"scopes": tuple(facts["scopes"]), "origins": tuple(facts["origins"])}
    return ApiKey(**facts)
