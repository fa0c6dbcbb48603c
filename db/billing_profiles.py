"""Billing profiles: who a client is in law, its terms, and how it pays; one row for each organization."""

from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Integer, Table, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.billing_profile import BillingProfile

billing_profiles = Table(
    "billing_profiles",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("legal_name", Text, nullable=False, server_default=""),
    Column("address_lines", ARRAY(Text), nullable=False, server_default="{}"),
    Column("region", Text, nullable=False, server_default=""),
    Column("tax_id", Text, nullable=False, server_default=""),
    Column("tax_exempt", Boolean, nullable=False, server_default="false"),
    Column("discount_ppm", Integer, nullable=False, server_default="0"),
    Column("collection_method", Text, nullable=False, server_default="card"),
    Column("stripe_customer_id", Text),
    Column("payment_method_id", Text),
    Column("payment_method_label", Text, nullable=False, server_default=""),
    Column("updated_at", Instant, nullable=False),
)
_B = billing_profiles.c
_KEPT = [_B[field.name] for field in fields(BillingProfile)]


async def get(tx: Tx, *, organization_id: UUID) -> BillingProfile:
    """The profile; an empty one where nothing was written yet."""
    row = (await tx.execute(select(*_KEPT).where(_B.organization_id == organization_id))).first()
    if row is None:
        return BillingProfile(organization_id=organization_id)
    return BillingProfile(**row._asdict() | {"address_lines": tuple(row.address_lines)})


async def save(tx: Tx, profile: BillingProfile, *, now: datetime) -> None:
    """Writes the profile; the saved card is left as it is."""
    facts = asdict(profile) | {"address_lines": list(profile.address_lines), "updated_at": now}
    statement = upsert(billing_profiles).values(facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id"], set_=facts))
