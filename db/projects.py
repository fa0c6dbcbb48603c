"""Projects of an organization."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Date, Table, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.errors import Conflict, NotFound
from domain.project import Project

projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("archived_at", Instant),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner_member_id", Uuid),
    Column("owner_staff_id", Uuid),
    Column("contracted_nanos", BigInteger),
    Column("starts_on", Date),
    Column("ends_on", Date),
)
# Names of one organization are given one at a time, so that a renaming is refused and never fails.
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:organization, 250))")


async def insert_one(tx: Tx, project: Project) -> None:
    """Opens a project.

    Raises:
        Conflict: the organization has one of that name.
    """
    await tx.execute(_ONE_AT_A_TIME, {"organization": str(project.organization_id)})
    statement = upsert(projects).values(asdict(project)).on_conflict_do_nothing().returning(projects.c.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict(f"name: this organization has a project named '{project.name}' already")


async def get(tx: Tx, *, project_id: UUID, organization_id: UUID | None = None) -> Project:
    """The project, of that organization if one is given.

    Raises:
        NotFound: there is none.
    """
    query = select(projects).where(projects.c.id == project_id)
    if organization_id is not None:
        query = query.where(projects.c.organization_id == organization_id)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound("There is no such project")
    return _project(row)


async def lock(tx: Tx, *, project_id: UUID) -> Project:
    """The project, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    row = (await tx.execute(select(projects).where(projects.c.id == project_id).with_for_update())).first()
    if row is None:
        raise NotFound("There is no such project")
    return _project(row)


async def save(tx: Tx, project: Project) -> None:
    """Writes what may change of a project that was locked.

    Raises:
        Conflict: another project of the organization has that name.
    """
    if await _is_taken(tx, project):
        raise Conflict(f"name: this organization has a project named '{project.name}' already")
    fixed = ("id", "organization_id", "created_at")
    changed = {name: value for name, value in asdict(project).items() if name not in fixed}
    await tx.execute(update(projects).where(projects.c.id == project.id).values(changed))


async def _is_taken(tx: Tx, project: Project) -> bool:
    """Whether another project of the organization has its name."""
    await tx.execute(_ONE_AT_A_TIME, {"organization": str(project.organization_id)})
    same = (projects.c.organization_id == project.organization_id) & (projects.c.name == project.name)
    query = select(projects.c.id).where(same, projects.c.id != project.id)
    return (await tx.execute(query)).first() is not None


async def list_page(tx: Tx, *, organization_id: UUID, after: UUID | None, limit: int) -> Sequence[Project]:
    """At most `limit` projects of an organization, the newest first."""
    query = select(projects).where(projects.c.organization_id == organization_id)
    if after is not None:
        query = query.where(projects.c.id < after)
    rows = await tx.execute(query.order_by(projects.c.id.desc()).limit(limit))
    return [_project(row) for row in rows]


def _project(row: AnyRow) -> Project:
    """A row as the domain knows it."""
    return Project(**row._asdict())
