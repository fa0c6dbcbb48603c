"""Signed-in browsers, and the attempts to sign in by address."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Boolean, LargeBinary, Table, delete, func, insert, select, update

from db.engine import Tx
from db.organizations import organizations
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import USER_COLUMNS, memberships, users
from domain.user import ADDRESS_WINDOW, Session, SignedIn, User

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("organization_id", Uuid),
    Column("csrf_token", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("address", Text, nullable=False),
    Column("attempted_at", Instant, nullable=False),
    Column("succeeded", Boolean, nullable=False),
)
_SESSION = [column for column in sessions.c if column.name != "revoked_at"]
_KEPT = timedelta(days=1)


async def insert_one(tx: Tx, session: Session) -> None:
    """Keeps a new session."""
    await tx.execute(insert(sessions).values(asdict(session)))


async def find(tx: Tx, *, token_hash: bytes) -> SignedIn | None:
    """The session, its person and their role, unless it was revoked or the person disabled."""
    belongs = (memberships.c.user_id == sessions.c.user_id) & (
        memberships.c.organization_id == sessions.c.organization_id
    )
    query = (
        select(
            *_SESSION,
            *(column.label(f"user_{column.name}") for column in USER_COLUMNS[1:]),
            memberships.c.role,
            (organizations.c.state == "suspended").label("suspended"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(memberships, belongs)
        .outerjoin(organizations, organizations.c.id == sessions.c.organization_id)
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.revoked_at.is_(None),
            users.c.disabled_at.is_(None),
        )
    )
    row = (await tx.execute(query)).first()
    return None if row is None else _signed_in(row)


async def touch(tx: Tx, *, token_hash: bytes, now: datetime) -> None:
    """The session was used now."""
    await tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


async def switch(tx: Tx, *, token_hash: bytes, organization_id: UUID) -> None:
    """The session speaks for another organization of its person."""
    statement = update(sessions).where(sessions.c.token_hash == token_hash)
    await tx.execute(statement.values(organization_id=organization_id))


async def list_living(tx: Tx, *, user_id: UUID, now: datetime) -> Sequence[Session]:
    """A person's sessions that were neither revoked nor have expired, the newest first."""
    query = select(*_SESSION).where(
        sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now
    )
    return [
        Session(**row._asdict()) for row in await tx.execute(query.order_by(sessions.c.created_at.desc()))
    ]


async def revoke(tx: Tx, *, token_hash: bytes, now: datetime) -> None:
    """The session opens nothing any more."""
    statement = update(sessions).where(sessions.c.token_hash == token_hash, sessions.c.revoked_at.is_(None))
    await tx.execute(statement.values(revoked_at=now))


async def count_failures(tx: Tx, *, address: str, now: datetime) -> int:
    """Failed attempts from an address in the last `ADDRESS_WINDOW`."""
    query = select(func.count()).select_from(sign_in_attempts)
    recent = sign_in_attempts.c.attempted_at > now - ADDRESS_WINDOW
    query = query.where(sign_in_attempts.c.address == address, recent, ~sign_in_attempts.c.succeeded)
    return (await tx.execute(query)).scalar_one()


async def note_attempt(tx: Tx, *, address: str, succeeded: bool, now: datetime) -> None:
    """Counts an attempt for its address, and forgets the address's old ones."""
    old = (sign_in_attempts.c.address == address) & (sign_in_attempts.c.attempted_at < now - _KEPT)
    await tx.execute(delete(sign_in_attempts).where(old))
    facts = {"address": address, "attempted_at": now, "succeeded": succeeded}
    await tx.execute(insert(sign_in_attempts).values(facts))


def _signed_in(row: AnyRow) -> SignedIn:
    """A row as the domain knows it."""
    facts = row._asdict()
    role, suspended = facts.pop("role"), bool(facts.pop("suspended"))
    person = {name.removeprefix("user_"): facts.pop(name) for name in list(facts) if name.startswith("user_")}
    user_id = person.pop("id")
    session, user = Session(user_id=user_id, **facts), User(id=user_id, **person)
    return SignedIn(session=session, user=user, role=role, suspended=suspended)
