"""Who of an organization's people is in which of its projects."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import memberships, users
from domain.errors import NotFound
from domain.project_role import ProjectMember, ProjectRole

project_members = Table(
    "project_members",
    metadata,
    Column("project_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)


async def list_all(tx: Tx, *, project_id: UUID) -> Sequence[ProjectMember]:
    """A project's people by name."""
    query = (
        select(project_members, users.c.name, users.c.email)
        .join(users, users.c.id == project_members.c.user_id)
        .where(project_members.c.project_id == project_id)
        .order_by(users.c.name, users.c.email)
    )
    return [ProjectMember(**row._asdict()) for row in await tx.execute(query)]


async def role_of(tx: Tx, *, project_id: UUID, user_id: UUID) -> ProjectRole | None:
    """The person's role in the project, if they are in it."""
    mine = (project_members.c.project_id == project_id, project_members.c.user_id == user_id)
    role: ProjectRole | None = (
        await tx.execute(select(project_members.c.role).where(*mine))
    ).scalar_one_or_none()
    return role


async def belongs(tx: Tx, *, organization_id: UUID, user_id: UUID) -> bool:
    """Whether the person is one of the organization's."""
    query = exists().where(memberships.c.organization_id == organization_id, memberships.c.user_id == user_id)
    return bool((await tx.execute(select(query))).scalar_one())


async def put(
    tx: Tx, *, project_id: UUID, organization_id: UUID, user_id: UUID, role: ProjectRole, now: datetime
) -> None:
    """The person of the organization is in the project in that role.

    Raises:
        NotFound: they do not belong to the organization.
    """
    if not await belongs(tx, organization_id=organization_id, user_id=user_id):
        raise NotFound("There is no such member in this organization")
    facts = {"project_id": project_id, "organization_id": organization_id, "user_id": user_id}
    statement = upsert(project_members).values(**facts, role=role, created_at=now)
    statement = statement.on_conflict_do_update(index_elements=["project_id", "user_id"], set_={"role": role})
    await tx.execute(statement)


async def remove(tx: Tx, *, project_id: UUID, user_id: UUID) -> None:
    """The person is no longer in the project."""
    mine = (project_members.c.project_id == project_id, project_members.c.user_id == user_id)
    await tx.execute(delete(project_members).where(*mine))
