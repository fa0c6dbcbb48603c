"""Which invoices must have a living collection; whether they do is asked of Temporal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx

NAME = "open_invoice_is_collected"
SAYS = "Every invoice with something due has a living collection"
GRACE = timedelta(minutes=2)

_OPEN = text("""
    select id, organization_id, number from invoices
     where state in ('finalized', 'past_due') and kind = 'invoice' and delivered_at < :before
       and amount_due_nanos > amount_paid_nanos + amount_credited_nanos
     order by id""")


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice on which money is owed."""

    id: UUID
    organization_id: UUID
    number: str

    @property
    def shown(self) -> str:
        """Its id at the doors."""
        return f"in_{self.id.hex}"

    @property
    def workflow_id(self) -> str:
        """Its collection's id."""
        return f"collection/{self.shown}"


async def list_open(tx: Tx, *, now: datetime) -> Sequence[OpenInvoice]:
    """Every invoice that the client was handed and something is due on, but for those handed over just now."""
    return [OpenInvoice(*row) for row in await tx.execute(_OPEN, {"before": now - GRACE})]
