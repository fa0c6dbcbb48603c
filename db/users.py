"""People, what they sign in with, and where they belong."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import Conflict, NotFound
from domain.user import Credentials, Member, User, lock_after

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("staff_role", Text),
    Column("password_hash", Text),
    Column("disabled_at", Instant),
    Column("failed_sign_ins", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("created_at", Instant, nullable=False),
)
memberships = Table(
    "memberships",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
USER_COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.name,
    users.c.kind,
    users.c.staff_role,
    users.c.created_at,
    users.c.disabled_at,
)


async def ensure(tx: Tx, user: User, *, password_hash: str | None) -> UUID:
    """The person of that e-mail exists and has this password; gives the id they are known by.

    Raises:
        Conflict: the e-mail belongs to a person of the other kind.
    """
    facts = {
        "name": user.name,
        "kind": user.kind,
        "staff_role": user.staff_role,
        "password_hash": password_hash,
    }
    fresh = {"id": user.id, "email": user.email, "created_at": user.created_at, "failed_sign_ins": 0}
    statement = upsert(users).values(**fresh, **facts)
    unlocked = {**facts, "failed_sign_ins": 0, "locked_until": None, "disabled_at": None}
    statement = statement.on_conflict_do_update(
        index_elements=["email"], set_=unlocked, where=users.c.kind == user.kind
    )
    known: UUID | None = (await tx.execute(statement.returning(users.c.id))).scalar_one_or_none()
    if known is None:
        raise Conflict(f"email: {user.email} is not a {user.kind} account; use another address")
    return known


async def get(tx: Tx, *, user_id: UUID) -> User:
    """The person.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(*USER_COLUMNS).where(users.c.id == user_id))).first()
    if row is None:
        raise NotFound("There is no such person")
    return User(**row._asdict())


async def find_credentials(tx: Tx, *, email: str) -> Credentials | None:
    """What signing in with that e-mail is decided by; locked, so that guesses are counted one by one."""
    query = select(*USER_COLUMNS, users.c.password_hash, users.c.failed_sign_ins, users.c.locked_until)
    row = (await tx.execute(query.where(users.c.email == email).with_for_update())).first()
    return None if row is None else _credentials(row)


async def note_failure(tx: Tx, *, credentials: Credentials, now: datetime) -> None:
    """Counts a wrong password and locks the account when there were too many."""
    failures = credentials.failed_sign_ins + 1
    facts = {"failed_sign_ins": failures, "locked_until": lock_after(failures, now)}
    await tx.execute(update(users).where(users.c.id == credentials.user.id).values(facts))


async def note_success(tx: Tx, *, user_id: UUID) -> None:
    """Forgets the wrong passwords before the right one."""
    await tx.execute(update(users).where(users.c.id == user_id).values(failed_sign_ins=0, locked_until=None))


async def set_password(tx: Tx, *, user_id: UUID, password_hash: str) -> None:
    """Replaces the password's hash."""
    await tx.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


async def insert_membership(
    tx: Tx, *, organization_id: UUID, user_id: UUID, role: str, now: datetime
) -> None:
    """The person belongs to the organization."""
    facts = {"organization_id": organization_id, "user_id": user_id, "role": role, "created_at": now}
    await tx.execute(insert(memberships).values(facts))


async def list_members(tx: Tx, *, organization_id: UUID) -> Sequence[Member]:
    """Everybody in the organization, by e-mail."""
    query = (
        select(memberships, users.c.email, users.c.name)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.organization_id == organization_id)
        .order_by(users.c.email)
    )
    return [Member(**row._asdict()) for row in await tx.execute(query)]


async def list_memberships(tx: Tx, *, user_id: UUID) -> Sequence[Member]:
    """Every organization of a person, the oldest membership first."""
    query = (
        select(memberships, users.c.email, users.c.name)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.user_id == user_id)
        .order_by(memberships.c.created_at, memberships.c.organization_id)
    )
    return [Member(**row._asdict()) for row in await tx.execute(query)]


def _credentials(row: AnyRow) -> Credentials:
    """A row as the domain knows it."""
    facts = row._asdict()
    secrets = {name: facts.pop(name) for name in ("password_hash", "failed_sign_ins", "locked_until")}
    return Credentials(user=User(**facts), **secrets)
