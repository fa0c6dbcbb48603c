"""Legal holds of organizations, and the one question every deletion asks first."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, text, update

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.legal_hold import Held, LegalHold

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Uuid, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("lifted_by", Uuid),
    Column("lifted_at", Instant),
    Column("lift_reason", Text, nullable=False, server_default=""),
)
_H = legal_holds.c
_LOCK = text("select from organizations where id = :organization_id for update")


async def require_no_hold(tx: Tx, *, organization_id: UUID) -> None:
    """Refuses to delete anything of an organization while a legal hold is in force; none can come until the end.

    Raises:
        Held: one is in force.
    """
    if await is_held_now(tx, organization_id=organization_id):
        raise Held("A legal hold is in force: nothing of this organization may be deleted until it is lifted")


async def is_held_now(tx: Tx, *, organization_id: UUID) -> bool:
    """Whether a hold is in force; while this transaction lasts none can come or go."""
    await tx.execute(_LOCK, {"organization_id": organization_id})
    return await is_held(tx, organization_id=organization_id)


async def is_held(tx: Tx, *, organization_id: UUID) -> bool:
    """Whether a hold is in force."""
    query = select(_H.id).where(_H.organization_id == organization_id, _H.lifted_at.is_(None)).limit(1)
    return (await tx.execute(query)).first() is not None


async def insert_one(tx: Tx, hold: LegalHold) -> None:
    """Keeps a new hold; the caller has locked the organization."""
    await tx.execute(insert(legal_holds).values(asdict(hold)))


async def lock(tx: Tx, *, hold_id: UUID) -> LegalHold:
    """The hold, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(legal_holds).where(_H.id == hold_id).with_for_update())).first()
    if row is None:
        raise NotFound("There is no such legal hold")
    return _hold(row)


async def save(tx: Tx, hold: LegalHold) -> None:
    """Writes that a locked hold was lifted."""
    values: dict[str, Any] = {
        "lifted_by": hold.lifted_by,
        "lifted_at": hold.lifted_at,
        "lift_reason": hold.lift_reason,
    }
    await tx.execute(update(legal_holds).where(_H.id == hold.id).values(values))


async def list_all(tx: Tx, *, organization_id: UUID) -> Sequence[LegalHold]:
    """Every hold there was, the newest first."""
    query = select(legal_holds).where(_H.organization_id == organization_id).order_by(_H.id.desc())
    return [_hold(row) for row in await tx.execute(query)]


def _hold(row: AnyRow) -> LegalHold:
    return LegalHold(**row._asdict())
