"""Changes of who belongs to an organization, and of who is of the staff."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.sessions import sessions
from db.users import USER_COLUMNS, memberships, users
from domain.errors import NotFound
from domain.roles import Role
from domain.user import Member, StaffRole, User


async def lock(tx: Tx, *, organization_id: UUID, user_id: UUID) -> tuple[Member, int]:
    """The member and how many owners there are, none of them changed by others until the transaction ends.

    Raises:
        NotFound: they do not belong to the organization.
    """
    theirs = (memberships.c.organization_id == organization_id) & or_(
        memberships.c.role == "owner", memberships.c.user_id == user_id
    )
    # Locked in one order, so that two who change each other wait instead of refusing each other.
    query = select(memberships).where(theirs).order_by(memberships.c.user_id).with_for_update()
    rows = (await tx.execute(query)).all()
    owners = sum(row.role == "owner" for row in rows)
    found = next((row for row in rows if row.user_id == user_id), None)
    if found is None:
        raise NotFound("There is no such member")
    person = (await tx.execute(select(users.c.email, users.c.name).where(users.c.id == user_id))).one()
    return Member(**found._asdict(), email=person.email, name=person.name), owners


async def find(tx: Tx, *, organization_id: UUID, email: str) -> UUID | None:
    """The member with that address."""
    query = (
        select(memberships.c.user_id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.organization_id == organization_id, users.c.email == email)
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def find_role(tx: Tx, *, organization_id: UUID, user_id: UUID) -> Role | None:
    """The person's role in the organization; None when they do not belong to it."""
    query = select(memberships.c.role).where(
        memberships.c.organization_id == organization_id, memberships.c.user_id == user_id
    )
    role: Role | None = (await tx.execute(query)).scalar_one_or_none()
    return role


async def set_role(tx: Tx, *, organization_id: UUID, user_id: UUID, role: str) -> None:
    """The member has another role from the next request on."""
    mine = (memberships.c.organization_id == organization_id) & (memberships.c.user_id == user_id)
    await tx.execute(update(memberships).where(mine).values(role=role))


async def remove(tx: Tx, *, organization_id: UUID, user_id: UUID, now: datetime) -> None:
    """The person no longer belongs to the organization, and their sessions in it open nothing any more."""
    mine = (memberships.c.organization_id == organization_id) & (memberships.c.user_id == user_id)
    await tx.execute(delete(memberships).where(mine))
    theirs = (sessions.c.organization_id == organization_id) & (sessions.c.user_id == user_id)
    await tx.execute(update(sessions).where(theirs, sessions.c.revoked_at.is_(None)).values(revoked_at=now))


async def insert_person(tx: Tx, user: User, *, password_hash: str | None) -> bool:
    """Keeps a new person; False when the address has an account already."""
    facts = {
        name: getattr(user, name) for name in ("id", "email", "name", "kind", "staff_role", "created_at")
    }
    statement = upsert(users).values(**facts, password_hash=password_hash)
    fresh = statement.on_conflict_do_nothing(index_elements=["email"]).returning(users.c.id)
    return (await tx.execute(fresh)).first() is not None


async def list_staff(tx: Tx) -> Sequence[User]:
    """Everybody of our own, by e-mail."""
    query = select(*USER_COLUMNS).where(users.c.kind == "staff").order_by(users.c.email)
    return [User(**row._asdict()) for row in await tx.execute(query)]


async def lock_staff(tx: Tx, *, user_id: UUID) -> tuple[User, int]:
    """The person of the staff and how many admins can sign in, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is no such person of the staff.
    """
    staff = (users.c.kind == "staff") & or_(users.c.staff_role == "admin", users.c.id == user_id)
    query = select(*USER_COLUMNS).where(staff).order_by(users.c.id).with_for_update()
    people = [User(**row._asdict()) for row in await tx.execute(query)]
    admins = sum(person.staff_role == "admin" and person.disabled_at is None for person in people)
    found = next((person for person in people if person.id == user_id), None)
    if found is None:
        raise NotFound("There is no such person of the staff")
    return found, admins


async def save_staff(
    tx: Tx, *, user_id: UUID, staff_role: StaffRole | None, disabled_at: datetime | None
) -> None:
    """Writes a person's kind and whether they may sign in."""
    facts = {"staff_role": staff_role, "disabled_at": disabled_at}
    await tx.execute(update(users).where(users.c.id == user_id).values(facts))
