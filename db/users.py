"""People, what they sign in with, and where they belong."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import Conflict, NotFound
from domain.user import Credentials, Member, User

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
    Column("created_at", Instant, nullable=False),
)
memberships = Table(
    "memberships",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("department_id", Uuid),
    Column("used_at", Instant),
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
    fresh = {"id": user.id, "email": user.email, "created_at": user.created_at}
    statement = upsert(users).values(**fresh, **facts)
    statement = statement.on_conflict_do_update(
        index_elements=["email"], set_={**facts, "disabled_at": None}, where=users.c.kind == user.kind
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


async def list_contractors(tx: Tx) -> Sequence[User]:
    """Every contractor who may sign in, by e-mail."""
    query = select(*USER_COLUMNS).where(users.c.staff_role == "contractor", users.c.disabled_at.is_(None))
    return [User(**row._asdict()) for row in await tx.execute(query.order_by(users.c.email))]


async def find_credentials(tx: Tx, *, email: str) -> Credentials | None:
    """What signing in with that e-mail is decided by."""
    query = select(*USER_COLUMNS, users.c.password_hash).where(users.c.email == email)
    row = (await tx.execute(query)).first()
    return None if row is None else _credentials(row)


async def get_credentials(tx: Tx, *, user_id: UUID) -> Credentials:
    """What somebody who is signed in proves themselves by.

    Raises:
        NotFound: there is no such person.
    """
    query = select(*USER_COLUMNS, users.c.password_hash).where(users.c.id == user_id)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound("There is no such person")
    return _credentials(row)


async def set_password(tx: Tx, *, user_id: UUID, password_hash: str) -> None:
    """Replaces the password's hash."""
    await tx.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


async def has_password(tx: Tx, *, user_id: UUID, password_hash: str) -> bool:
    """Whether this is still the person's password; if so it stays until the transaction ends."""
    same = (users.c.id == user_id) & (users.c.password_hash == password_hash)
    query = select(users.c.id).where(same).with_for_update(key_share=True)
    return (await tx.execute(query)).first() is not None


async def set_name(tx: Tx, *, user_id: UUID, name: str) -> None:
    """How the person is called."""
    await tx.execute(update(users).where(users.c.id == user_id).values(name=name))


async def set_email(tx: Tx, *, user_id: UUID, email: str) -> None:
    """What the person signs in with.

    Raises:
        Conflict: somebody else has the address.
    """
    try:
        async with tx.begin_nested():
            await tx.execute(update(users).where(users.c.id == user_id).values(email=email))
    except IntegrityError:
        raise Conflict("email: somebody else has this address by now; use another one") from None


async def insert_membership(
    tx: Tx, *, organization_id: UUID, user_id: UUID, role: str, now: datetime
) -> None:
    """The person belongs to the organization."""
    facts = {"organization_id": organization_id, "user_id": user_id, "role": role, "created_at": now}
    await tx.execute(insert(memberships).values(facts))


async def note_choice(tx: Tx, *, organization_id: UUID, user_id: UUID, now: datetime) -> None:
    """The person chose this organization; signing in begins with it."""
    mine = (memberships.c.organization_id == organization_id) & (memberships.c.user_id == user_id)
    await tx.execute(update(memberships).where(mine).values(used_at=now))


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
    """Every organization of a person, the one they chose last first, then the oldest membership."""
    query = (
        select(memberships, users.c.email, users.c.name)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.user_id == user_id)
        .order_by(
            memberships.c.used_at.desc().nulls_last(), memberships.c.created_at, memberships.c.organization_id
        )
    )
    return [Member(**row._asdict()) for row in await tx.execute(query)]


def _credentials(row: AnyRow) -> Credentials:
    """A row as the domain knows it."""
    facts = row._asdict()
    password_hash = facts.pop("password_hash")
    return Credentials(user=User(**facts), password_hash=password_hash)
