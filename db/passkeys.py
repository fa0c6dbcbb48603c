"""Passkeys of people, and what their browsers were asked to sign."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, LargeBinary, Table, delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from db.engine import Tx
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from db.sign_on import identity_providers
from db.sign_on_identities import sign_on_identities
from db.users import users
from domain.errors import NotFound
from domain.passkey import Challenge, Passkey, WaysIn

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("transports", ARRAY(Text), nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
)
passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("user_id", Uuid),
    Column("challenge", LargeBinary, nullable=False),
    Column("relying_party", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


async def insert_one(tx: Tx, passkey: Passkey) -> None:
    """Keeps a new passkey."""
    await tx.execute(insert(passkeys).values(asdict(passkey) | {"transports": list(passkey.transports)}))


async def list_of(tx: Tx, *, user_id: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    query = select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.created_at)
    return [_passkey(row) for row in await tx.execute(query)]


async def any_of(tx: Tx, *, user_id: UUID) -> bool:
    """Whether a person has a passkey."""
    return (await tx.execute(select(exists().where(passkeys.c.user_id == user_id)))).scalar_one()


async def lock(tx: Tx, *, passkey_id: UUID, user_id: UUID) -> Passkey:
    """A person's passkey, unchanged by others until the transaction ends.

    Raises:
        NotFound: they have no such passkey.
    """
    query = select(passkeys).where(passkeys.c.id == passkey_id, passkeys.c.user_id == user_id)
    row = (await tx.execute(query.with_for_update())).first()
    if row is None:
        raise NotFound("There is no such passkey")
    return _passkey(row)


async def lock_credential(tx: Tx, *, credential_id: bytes) -> Passkey | None:
    """The passkey that a device names itself by, unchanged by others until the transaction ends."""
    query = select(passkeys).where(passkeys.c.credential_id == credential_id).with_for_update()
    row = (await tx.execute(query)).first()
    return None if row is None else _passkey(row)


async def note_use(tx: Tx, *, passkey_id: UUID, sign_count: int, backed_up: bool, now: datetime) -> None:
    """The passkey was used now, and told this counter."""
    values = {"sign_count": sign_count, "backed_up": backed_up, "last_used_at": now}
    await tx.execute(update(passkeys).where(passkeys.c.id == passkey_id).values(values))


async def rename(tx: Tx, *, passkey_id: UUID, name: str) -> None:
    """Gives the passkey another name."""
    await tx.execute(update(passkeys).where(passkeys.c.id == passkey_id).values(name=name))


async def remove(tx: Tx, *, passkey_id: UUID) -> None:
    """The passkey opens nothing any more."""
    await tx.execute(delete(passkeys).where(passkeys.c.id == passkey_id))


async def ways_in(tx: Tx, *, user_id: UUID) -> WaysIn:
    """How a person can sign in; their row is locked, so that two removals cannot both be the last but one."""
    query = select(users.c.password_hash.is_not(None)).where(users.c.id == user_id).with_for_update()
    password = bool((await tx.execute(query)).scalar_one_or_none())
    same = identity_providers.c.organization_id == sign_on_identities.c.organization_id
    linked = exists().where(
        sign_on_identities.c.user_id == user_id,
        same,
        identity_providers.c.issuer == sign_on_identities.c.issuer,
    )
    single_sign_on = bool((await tx.execute(select(linked))).scalar_one())
    kept = len(await list_of(tx, user_id=user_id))
    return WaysIn(password=password, passkeys=kept, single_sign_on=single_sign_on)


async def keep_challenge(tx: Tx, challenge: Challenge, *, id_hash: bytes, now: datetime) -> None:
    """Remembers what a browser was asked to sign, and forgets what nobody signed in time."""
    await tx.execute(delete(passkey_challenges).where(passkey_challenges.c.expires_at < now))
    await tx.execute(insert(passkey_challenges).values(asdict(challenge) | {"id_hash": id_hash}))


async def take_challenge(tx: Tx, *, id_hash: bytes, now: datetime) -> Challenge | None:
    """What was asked, if it was and in time; it is gone afterwards."""
    statement = delete(passkey_challenges).where(passkey_challenges.c.id_hash == id_hash)
    row = (await tx.execute(statement.returning(*passkey_challenges.c))).first()
    if row is None or row.expires_at <= now:
        return None
    facts = row._asdict()
    facts.pop("id_hash")
    return Challenge(**facts | {"challenge": bytes(row.challenge)})


def _passkey(row: AnyRow) -> Passkey:
    """A row as the domain knows it."""
    facts: dict[str, Any] = row._asdict()
    facts |= {name: bytes(facts[name]) for name in ("credential_id", "public_key")}
    return Passkey(**facts | {"transports": tuple(row.transports)})
