"""Deletions of organizations: asked for once at a time, decided under their lock."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.dialects.postgresql import insert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.deletion import LIVING, Deletion
from domain.errors import Conflict, NotFound

deletions = Table(
    "deletions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Uuid, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("organization_was", Text, nullable=False),
    Column("decides_until", Instant, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", Instant),
    Column("decision_reason", Text, nullable=False, server_default=""),
    Column("deletes_at", Instant),
    Column("restored_by", Uuid),
    Column("restored_at", Instant),
    Column("finished_at", Instant),
)
_D = deletions.c
_FIXED = frozenset({"id", "organization_id", "reason", "requested_by", "requested_at"})


async def insert_one(tx: Tx, deletion: Deletion) -> None:
    """Keeps a new request.

    Raises:
        Conflict: the organization has one that is not over.
    """
    statement = insert(deletions).values(asdict(deletion)).on_conflict_do_nothing().returning(_D.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict("The deletion of this organization was asked for already")


async def lock(tx: Tx, *, deletion_id: UUID) -> Deletion:
    """The deletion, unchanged by others until the transaction ends; lock its organization first.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(deletions).where(_D.id == deletion_id).with_for_update())).first()
    return _found(row)


async def get(tx: Tx, *, deletion_id: UUID) -> Deletion:
    """The deletion.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    return _found((await tx.execute(select(deletions).where(_D.id == deletion_id))).first())


async def save(tx: Tx, deletion: Deletion) -> None:
    """Writes what may change of a deletion that was locked."""
    values: dict[str, Any] = {k: v for k, v in asdict(deletion).items() if k not in _FIXED}
    await tx.execute(update(deletions).where(_D.id == deletion.id).values(values))


async def find_living(tx: Tx, *, organization_id: UUID) -> Deletion | None:
    """The one that is not over, if there is one."""
    query = select(deletions).where(_D.organization_id == organization_id, _D.state.in_(LIVING))
    row = (await tx.execute(query)).first()
    return None if row is None else _deletion(row)


async def list_page(
    tx: Tx,
    *,
    after: UUID | None,
    limit: int,
    state: str | None = None,
    organization_id: UUID | None = None,
) -> Sequence[Deletion]:
    """At most `limit`, the newest first."""
    query = select(deletions).order_by(_D.id.desc()).limit(limit)
    if after is not None:
        query = query.where(_D.id < after)
    if state is not None:
        query = query.where(_D.state == state)
    if organization_id is not None:
        query = query.where(_D.organization_id == organization_id)
    return [_deletion(row) for row in await tx.execute(query)]


def _found(row: AnyRow | None) -> Deletion:
    if row is None:
        raise NotFound("There is no such deletion")
    return _deletion(row)


def _deletion(row: AnyRow) -> Deletion:
    return Deletion(**row._asdict())
