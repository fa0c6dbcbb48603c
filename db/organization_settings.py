"""What organizations decide about their data; where there is no row, the defaults hold."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.legal_holds import legal_holds
from db.schema import Column, Instant, Text, Uuid, metadata
from db.usage.payloads import usage_payloads
from domain.organization_settings import OrganizationSettings

organization_settings = Table(
    "organization_settings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("payload_retention", Text, nullable=False),
    Column("data_contact", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
_FACTS = [column for column in organization_settings.c if column.name != "updated_at"]


async def get(tx: Tx, *, organization_id: UUID) -> OrganizationSettings:
    """What the organization has decided."""
    mine = organization_settings.c.organization_id == organization_id
    row = (await tx.execute(select(*_FACTS).where(mine))).first()
    if row is None:
        return OrganizationSettings(organization_id=organization_id)
    return OrganizationSettings(**row._asdict())


async def save(tx: Tx, settings: OrganizationSettings, *, now: datetime) -> None:
    """Keeps the decision."""
    facts = asdict(settings) | {"updated_at": now}
    statement = upsert(organization_settings).values(facts)
    await tx.execute(statement.on_conflict_do_update(index_elements=["organization_id"], set_=facts))


async def remove_unwanted_payloads(tx: Tx, *, limit: int) -> int:
    """Removes payloads stored before their organization decided against it, at most `limit`; says how many.

    Those of an organization under a legal hold stay.
    """
    held = exists().where(
        legal_holds.c.organization_id == organization_settings.c.organization_id,
        legal_holds.c.lifted_at.is_(None),
    )
    unwanted = (
        select(usage_payloads.c.organization_id, usage_payloads.c.id)
        .join(
            organization_settings,
            organization_settings.c.organization_id == usage_payloads.c.organization_id,
        )
        .where(organization_settings.c.payload_retention == "none", ~held)
        .limit(limit)
        .subquery()
    )
    statement = delete(usage_payloads).where(
        usage_payloads.c.organization_id == unwanted.c.organization_id, usage_payloads.c.id == unwanted.c.id
    )
    return (await tx.execute(statement)).rowcount
