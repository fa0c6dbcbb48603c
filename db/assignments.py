"""Which contractors see which organizations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import users
from domain.assignment import Assignment

assignments = Table(
    "assignments",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, primary_key=True),
    Column("assigned_by", Text, nullable=False),
    Column("assigned_at", Instant, nullable=False),
)


def assigned_to(user_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """The ids of a person's organizations as one array, for a query about the person."""
    return func.array(
        select(assignments.c.organization_id).where(assignments.c.user_id == user_id).scalar_subquery()
    )


async def insert_one(
    tx: Tx, *, user_id: UUID, organization_id: UUID, assigned_by: str, now: datetime
) -> bool:
    """The contractor sees the organization from now on; False when they did already."""
    facts = {
        "user_id": user_id,
        "organization_id": organization_id,
        "assigned_by": assigned_by,
        "assigned_at": now,
    }
    statement = insert_or_skip(assignments).values(facts).on_conflict_do_nothing()
    return (await tx.execute(statement.returning(assignments.c.user_id))).first() is not None


async def remove(tx: Tx, *, user_id: UUID, organization_id: UUID) -> bool:
    """The contractor sees it no longer; False when they did not anyway."""
    chosen = assignments.c.user_id == user_id, assignments.c.organization_id == organization_id
    return (await tx.execute(delete(assignments).where(*chosen))).rowcount == 1


async def list_of(tx: Tx, *, organization_id: UUID) -> Sequence[Assignment]:
    """Everybody assigned to an organization, by e-mail."""
    query = (
        select(assignments, users.c.email, users.c.name)
        .join(users, users.c.id == assignments.c.user_id)
        .where(assignments.c.organization_id == organization_id)
        .order_by(users.c.email)
    )
    return [Assignment(**row._asdict()) for row in await tx.execute(query)]
