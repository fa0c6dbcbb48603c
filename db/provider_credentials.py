"""Organizations' own keys at providers of models; the sealed secret is read by whoever asks for it by name only."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Integer, Table, delete, func, insert, select, text, update

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import Conflict, NotFound
from domain.provider_credential import CHECKED_EVERY, ProviderCredential

provider_credentials = Table(
    "provider_credentials",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("project_id", Uuid),
    Column("provider", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("sealed_secret", Text, nullable=False),
    Column("last_four", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rotated_at", Instant, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("readiness", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checked_at", Instant),
    Column("ready_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
_P = provider_credentials.c
_SHOWN = [column for column in _P if column.name != "sealed_secret"]
_FIXED = frozenset({"id", "organization_id", "project_id", "provider", "created_at"})
_FOUND = ("readiness", "reason", "checked_at", "ready_at")
_DUE = text("""
select p.id from provider_credentials p join organizations o on o.id = p.organization_id
 where p.enabled and o.state = 'active' and (p.checked_at is null or p.checked_at <= :before)
 order by p.checked_at nulls first, p.id limit :most""")
_READERS = text("""
select u.email from memberships m join users u on u.id = m.user_id
 where m.organization_id = :organization_id and m.role in ('owner', 'admin') and u.disabled_at is null
 order by u.email""")


async def insert_one(tx: Tx, credential: ProviderCredential, *, sealed_secret: str) -> None:
    """Keeps a new one, whose organization is locked.

    Raises:
        Conflict: there is one of that name.
    """
    await _require_free(tx, credential)
    await tx.execute(insert(provider_credentials).values(**asdict(credential), sealed_secret=sealed_secret))


async def save(tx: Tx, credential: ProviderCredential, *, sealed_secret: str | None = None) -> None:
    """Writes what may change of one that was locked, with another secret if one is given.

    Raises:
        Conflict: another one has that name.
    """
    await _require_free(tx, credential)
    changed = {name: value for name, value in asdict(credential).items() if name not in _FIXED}
    changed |= {} if sealed_secret is None else {"sealed_secret": sealed_secret}
    await tx.execute(update(provider_credentials).where(_P.id == credential.id).values(changed))


async def note_finding(tx: Tx, credential: ProviderCredential) -> None:
    """Writes what was found about one that was locked."""
    noted = {name: getattr(credential, name) for name in _FOUND}
    await tx.execute(update(provider_credentials).where(_P.id == credential.id).values(noted))


async def get(tx: Tx, *, credential_id: UUID) -> ProviderCredential:
    """The one of that id.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    return _existing((await tx.execute(select(*_SHOWN).where(_P.id == credential_id))).first())


async def lock(tx: Tx, *, credential_id: UUID) -> ProviderCredential:
    """The same, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(*_SHOWN).where(_P.id == credential_id).with_for_update()
    return _existing((await tx.execute(query)).first())


async def sealed_secret(tx: Tx, *, credential: ProviderCredential) -> str | None:
    """Its secret as it is kept, unless it has another one by now or is gone."""
    query = select(_P.sealed_secret).where(_P.id == credential.id, _P.version == credential.version)
    return (await tx.execute(query)).scalar_one_or_none()


async def list_of(tx: Tx, *, organization_id: UUID) -> Sequence[ProviderCredential]:
    """An organization's, by provider and name; those of the whole organization before those of projects."""
    query = select(*_SHOWN).where(_P.organization_id == organization_id)
    order = (_P.project_id.is_not(None), _P.provider, func.lower(_P.name), _P.id)
    return [ProviderCredential(**row._asdict()) for row in await tx.execute(query.order_by(*order))]


async def list_due(tx: Tx, *, now: datetime, most: int) -> Sequence[UUID]:
    """At most so many whose last check is a day old, of active organizations."""
    facts = {"before": now - CHECKED_EVERY, "most": most}
    return list((await tx.execute(_DUE, facts)).scalars())


async def remove(tx: Tx, *, credential_id: UUID) -> None:
    """It is gone, with its secret."""
    await tx.execute(delete(provider_credentials).where(_P.id == credential_id))


async def readers(tx: Tx, *, organization_id: UUID) -> Sequence[str]:
    """The addresses of the organization's owners and admins, who are told when a key no longer works."""
    return list((await tx.execute(_READERS, {"organization_id": organization_id})).scalars())


async def _require_free(tx: Tx, credential: ProviderCredential) -> None:
    """Refuses a name that another one of the same provider has, in the same project or in the organization.

    Raises:
        Conflict: with the remedy.
    """
    same = (
        _P.organization_id == credential.organization_id,
        _P.project_id.is_not_distinct_from(credential.project_id),
        _P.provider == credential.provider,
        func.lower(_P.name) == credential.name.lower(),
        _P.id != credential.id,
    )
    if (await tx.execute(select(_P.id).where(*same))).first() is not None:
        raise Conflict(f"name: there is a key named '{credential.name}' at this provider already")


def _existing(row: AnyRow | None) -> ProviderCredential:
    """A row as the domain knows it.

    Raises:
        NotFound: there is none.
    """
    if row is None:
        raise NotFound("There is no such provider key")
    return ProviderCredential(**row._asdict())
