"""Departments of an organization, and who belongs to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Table, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import memberships
from domain.department import Department
from domain.errors import Conflict, NotFound

departments = Table(
    "departments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
)
# Names of one organization are given one at a time, so that a renaming is refused and never fails.
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:organization, 251))")
_PEOPLE = (
    select(func.count())
    .where(
        memberships.c.organization_id == departments.c.organization_id,
        memberships.c.department_id == departments.c.id,
    )
    .correlate(departments)
    .scalar_subquery()
    .label("people")
)


async def insert_one(tx: Tx, department: Department) -> None:
    """Opens a department.

    Raises:
        Conflict: the organization has an open one of that name.
    """
    await tx.execute(_ONE_AT_A_TIME, {"organization": str(department.organization_id)})
    facts = {name: getattr(department, name) for name in ("id", "organization_id", "name", "created_at")}
    statement = upsert(departments).values(facts).on_conflict_do_nothing().returning(departments.c.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict(f"name: there is a department named '{department.name}' already")


async def list_all(tx: Tx, *, organization_id: UUID, with_closed: bool = False) -> Sequence[Department]:
    """An organization's departments by name."""
    query = _query().where(departments.c.organization_id == organization_id)
    if not with_closed:
        query = query.where(departments.c.closed_at.is_(None))
    rows = await tx.execute(query.order_by(func.lower(departments.c.name), departments.c.id))
    return [Department(**row._asdict()) for row in rows]


async def lock(tx: Tx, *, organization_id: UUID, department_id: UUID) -> Department:
    """The department, which nobody changes, closes or is put into until the transaction ends.

    Raises:
        NotFound: the organization has none of that id.
    """
    chosen = (departments.c.id == department_id, departments.c.organization_id == organization_id)
    await tx.execute(select(departments.c.id).where(*chosen).with_for_update())
    row = (await tx.execute(_query().where(*chosen))).first()
    if row is None:
        raise NotFound("There is no such department")
    return Department(**row._asdict())


async def rename(tx: Tx, department: Department, *, name: str) -> None:
    """The locked department has that name.

    Raises:
        Conflict: another open one has it.
    """
    await tx.execute(_ONE_AT_A_TIME, {"organization": str(department.organization_id)})
    taken = select(departments.c.id).where(
        departments.c.organization_id == department.organization_id,
        departments.c.id != department.id,
        departments.c.closed_at.is_(None),
        func.lower(departments.c.name) == func.lower(name),
    )
    if (await tx.execute(taken)).first() is not None:
        raise Conflict(f"name: there is a department named '{name}' already")
    await tx.execute(update(departments).where(departments.c.id == department.id).values(name=name))


async def close(tx: Tx, *, department_id: UUID, now: datetime) -> None:
    """The locked, empty department is closed."""
    await tx.execute(update(departments).where(departments.c.id == department_id).values(closed_at=now))


async def move_people(tx: Tx, *, organization_id: UUID, department_id: UUID, to: UUID | None) -> int:
    """Everybody of a locked department is in another one, or in none; says how many."""
    theirs = (memberships.c.organization_id == organization_id) & (
        memberships.c.department_id == department_id
    )
    return (await tx.execute(update(memberships).where(theirs).values(department_id=to))).rowcount


async def place(tx: Tx, *, organization_id: UUID, user_id: UUID, department_id: UUID | None) -> UUID | None:
    """The member is in that department, or in none; gives the one they were in.

    Raises:
        NotFound: they do not belong to the organization.
    """
    mine = (memberships.c.organization_id == organization_id) & (memberships.c.user_id == user_id)
    before = (await tx.execute(select(memberships.c.department_id).where(mine))).first()
    if before is None:
        raise NotFound("There is no such member")
    await tx.execute(update(memberships).where(mine).values(department_id=department_id))
    previous: UUID | None = before.department_id
    return previous


def _query() -> Select[*tuple[object, ...]]:
    """Departments with how many people are in each."""
    return select(departments, _PEOPLE)
