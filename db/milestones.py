"""Milestones of projects, in their order."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Date, Integer, Table, delete, func, insert, select, update

from db.engine import Tx
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.milestone import Milestone

milestones = Table(
    "milestones",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("project_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("due_on", Date),
    Column("amount_nanos", BigInteger),
    Column("place", Integer, nullable=False),
    Column("done_at", Instant),
    Column("created_at", Instant, nullable=False),
)


async def list_all(tx: Tx, *, project_id: UUID) -> Sequence[Milestone]:
    """A project's milestones in their order."""
    query = select(milestones).where(milestones.c.project_id == project_id)
    rows = await tx.execute(query.order_by(milestones.c.place, milestones.c.id))
    return [Milestone(**row._asdict()) for row in rows]


async def get(tx: Tx, *, project_id: UUID, milestone_id: UUID) -> Milestone:
    """One milestone of a project that was locked.

    Raises:
        NotFound: the project has none of that id.
    """
    mine = (milestones.c.project_id == project_id, milestones.c.id == milestone_id)
    row = (await tx.execute(select(milestones).where(*mine))).first()
    if row is None:
        raise NotFound("There is no such milestone")
    return Milestone(**row._asdict())


async def next_place(tx: Tx, *, project_id: UUID) -> int:
    """The place behind the last milestone of a project that was locked."""
    query = select(func.coalesce(func.max(milestones.c.place), 0) + 1)
    return (await tx.execute(query.where(milestones.c.project_id == project_id))).scalar_one()


async def insert_one(tx: Tx, milestone: Milestone) -> None:
    """Adds a milestone to a project that was locked."""
    await tx.execute(insert(milestones).values(asdict(milestone)))


async def save(tx: Tx, milestone: Milestone) -> None:
    """Writes what may change of a milestone."""
    facts = asdict(milestone)
    changed = {name: facts[name] for name in ("name", "due_on", "amount_nanos", "done_at")}
    await tx.execute(update(milestones).where(milestones.c.id == milestone.id).values(changed))


async def reorder(tx: Tx, *, ids: Sequence[UUID]) -> None:
    """The milestones stand in this order, from place 1."""
    for place, milestone_id in enumerate(ids, start=1):
        await tx.execute(update(milestones).where(milestones.c.id == milestone_id).values(place=place))


async def remove(tx: Tx, *, milestone_id: UUID) -> None:
    """The milestone is gone; the audit log remembers it."""
    await tx.execute(delete(milestones).where(milestones.c.id == milestone_id))
