"""Monthly amounts agreed with one organization; only their end may be written later."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Table, delete, or_, select, update
from sqlalchemy import insert as insert_into

from db.engine import Tx
from db.schema import BigInteger, Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.invoice.lines import RecurringCharge

recurring_charges = Table(
    "recurring_charges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("monthly_nanos", BigInteger, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("created_at", Instant, nullable=False),
)
_R = recurring_charges.c
_KEPT = [_R[field.name] for field in fields(RecurringCharge)]


async def insert(tx: Tx, charge: RecurringCharge, *, now: datetime) -> None:
    """Writes a charge."""
    await tx.execute(insert_into(recurring_charges).values(**asdict(charge), created_at=now))


async def list_all(tx: Tx, *, organization_id: UUID) -> Sequence[RecurringCharge]:
    """An organization's charges, the oldest first."""
    query = select(*_KEPT).where(_R.organization_id == organization_id).order_by(_R.id)
    return [RecurringCharge(**row._asdict()) for row in await tx.execute(query)]


async def lock(tx: Tx, *, organization_id: UUID, charge_id: UUID) -> RecurringCharge:
    """A charge, unchanged by others until the transaction ends.

    Raises:
        NotFound: the organization has no such charge.
    """
    query = select(*_KEPT).where(_R.id == charge_id, _R.organization_id == organization_id)
    row = (await tx.execute(query.with_for_update())).first()
    if row is None:
        raise NotFound("There is no such recurring charge")
    return RecurringCharge(**row._asdict())


async def save(tx: Tx, charge: RecurringCharge) -> None:
    """Writes the end of a charge that was locked."""
    await tx.execute(update(recurring_charges).where(_R.id == charge.id).values(ends_on=charge.ends_on))


async def end_all(tx: Tx, *, organization_id: UUID, on: date) -> Sequence[RecurringCharge]:
    """Afterwards nothing that began by then is charged after `on`; gives what was ended."""
    going_on = (_R.starts_on <= on, or_(_R.ends_on.is_(None), _R.ends_on > on))
    ending = update(recurring_charges).where(_R.organization_id == organization_id, *going_on)
    ended = await tx.execute(ending.values(ends_on=on).returning(*_KEPT))
    return [RecurringCharge(**row._asdict()) for row in ended]


async def delete_later(tx: Tx, *, organization_id: UUID, than: date) -> Sequence[RecurringCharge]:
    """Afterwards no charge is agreed that would begin later; gives what there was of them."""
    later = delete(recurring_charges).where(_R.organization_id == organization_id, _R.starts_on > than)
    return [RecurringCharge(**row._asdict()) for row in await tx.execute(later.returning(*_KEPT))]
