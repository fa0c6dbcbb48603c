"""An organization that owes: the rows that payments, mails and collection need, made in one call."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Database
from domain.ids import new_id, show
from domain.money import NANOS

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_ENTITY = """insert into legal_entities (code, name, country, number_prefix) values ('main', 'Backoffice Inc.', 'US', 'BO-')
             on conflict do nothing"""
_ORGANIZATION = """
insert into organizations (id, name, billing_email, currency, time_zone, country, billing_mode, legal_entity,
                           created_at, updated_at)
values (:id, 'Alice & Co', 'alice@example.com', 'USD', 'UTC', 'US', 'postpaid', 'main', :now, :now)"""
_INVOICE = """
insert into invoices (id, organization_id, legal_entity, period, number, sequence, state, currency, subtotal_nanos, total_nanos,
                      amount_due_nanos, buyer, seller, created_at, finalized_at, delivered_at, due_on)
values (:id, :organization_id, 'main', :period, :number, :sequence, 'finalized', 'USD', :due, :due, :due,
        '{}', '{"bank_details": ["Bank\\: Old Bank", "IBAN\\: DE02"]}', :now, :now, :delivered_at, :due_on)"""


@dataclass(frozen=True)
class Owed:
    """An invoice of an organization, finalized and unpaid."""

    organization_id: UUID
    invoice_id: UUID

    @property
    def shown(self) -> str:
        return show("in", self.invoice_id)

    @property
    def workflow_id(self) -> str:
        return f"collection/{self.shown}"


async def organization(database: Database, *, now: datetime = NOW) -> UUID:
    """A new organization, Alice's."""
    organization_id = new_id()
    async with database.begin() as tx:
        await tx.execute(text(_ENTITY))
        await tx.execute(text(_ORGANIZATION), {"id": organization_id, "now": now})
    return organization_id


async def invoice(
    database: Database,
    *,
    amount: int = 120,
    organization_id: UUID | None = None,
    month: int = 10,
    now: datetime = NOW,
    due_on: date = date(2026, 11, 16),
    delivered: bool = True,
) -> Owed:
    """A finalized invoice over whole dollars, handed over unless said otherwise; of a new organization unless given."""
    organization_id = organization_id or await organization(database, now=now)
    invoice_id = new_id()
    facts = {
        "id": invoice_id,
        "organization_id": organization_id,
        "period": date(2026, month, 1),
        "number": f"BO-{invoice_id.hex}",
        "sequence": invoice_id.int % 10**15,
        "due": amount * NANOS,
        "now": now,
        "delivered_at": now if delivered else None,
        "due_on": due_on,
    }
    async with database.begin() as tx:
        await tx.execute(text(_INVOICE), facts)
    return Owed(organization_id, invoice_id)
