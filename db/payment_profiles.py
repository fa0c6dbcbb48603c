"""The payment side of billing profiles; a profile without a row yet is one with nothing saved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, column, select, table, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from domain.payment_profile import PaymentProfile

# Named here without types: the table itself is registered, with its columns, where billing profiles are kept.
_profiles = table(
    "billing_profiles",
    column("organization_id", Uuid),
    column("collection_method"),
    column("stripe_customer_id"),
    column("payment_method_id"),
    column("payment_method_label"),
    column("updated_at"),
)
_SHOWN = tuple(column for column in _profiles.c if column.name != "updated_at")

# Deleted, and where invoices go is erased: nothing is owed any more.
_OF_DELETED = text("""
select p.organization_id, p.stripe_customer_id from billing_profiles p join organizations o on o.id = p.organization_id
 where o.state = 'deleted' and o.billing_email like '%@erased.invalid' and p.stripe_customer_id is not null
 order by 1 limit 100""")


async def get(tx: Tx, *, organization_id: UUID) -> PaymentProfile:
    """How an organization pays."""
    row = (await tx.execute(select(*_SHOWN).where(_profiles.c.organization_id == organization_id))).first()
    return PaymentProfile(organization_id=organization_id) if row is None else _profile(row)


async def find_by_customer(tx: Tx, *, stripe_customer_id: str) -> PaymentProfile | None:
    """The profile that a Stripe customer belongs to, if it is one of ours."""
    row = (
        await tx.execute(select(*_SHOWN).where(_profiles.c.stripe_customer_id == stripe_customer_id))
    ).first()
    return None if row is None else _profile(row)


async def set_customer(tx: Tx, *, organization_id: UUID, stripe_customer_id: str, now: datetime) -> None:
    """Remembers the provider's customer of an organization."""
    await _write(tx, organization_id, now, stripe_customer_id=stripe_customer_id)


async def list_of_deleted(tx: Tx) -> list[tuple[UUID, str]]:
    """Deleted organizations that owe nothing and are still a customer of the provider; at most a hundred."""
    return [(row.organization_id, row.stripe_customer_id) for row in await tx.execute(_OF_DELETED)]


async def forget_customer(tx: Tx, *, organization_id: UUID) -> bool:
    """The organization is no customer of the provider any more; False when it was none."""
    gone = {"stripe_customer_id": None, "payment_method_id": None, "payment_method_label": ""}
    mine = (_profiles.c.organization_id == organization_id) & _profiles.c.stripe_customer_id.is_not(None)
    return bool((await tx.execute(update(_profiles).where(mine).values(gone))).rowcount)


async def set_payment_method(
    tx: Tx, *, organization_id: UUID, payment_method_id: str | None, label: str, now: datetime
) -> None:
    """Makes a saved card the one that is charged; None when none is left."""
    await _write(tx, organization_id, now, payment_method_id=payment_method_id, payment_method_label=label)


async def _write(tx: Tx, organization_id: UUID, now: datetime, **values: Any) -> None:
    statement = upsert(_profiles).values(organization_id=organization_id, updated_at=now, **values)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["organization_id"], set_=values | {"updated_at": now})
    )


def _profile(row: AnyRow) -> PaymentProfile:
    return PaymentProfile(**row._asdict())
