"""The open side of invoices: read, locked and moved by collection; their figures belong to `db/invoices.py`."""

from uuid import UUID

from sqlalchemy import column, select, table, update

from db.engine import Tx
from db.rows import AnyRow
from domain.errors import NotFound
from domain.receivable import Receivable

# Named here without types: the table itself is registered, with its columns, by `db/invoices.py`.
_invoices = table(
    "invoices",
    *(
        column(name)
        for name in (
            "id",
            "organization_id",
            "kind",
            "number",
            "state",
            "currency",
            "amount_due_nanos",
            "amount_paid_nanos",
            "amount_credited_nanos",
            "due_on",
            "finalized_at",
            "paid_at",
        )
    ),
)


async def get(tx: Tx, *, invoice_id: UUID) -> Receivable:
    """What is owed on an invoice.

    Raises:
        NotFound: there is no such invoice, or the transaction may not see it.
    """
    return _receivable((await tx.execute(select(_invoices).where(_invoices.c.id == invoice_id))).first())


async def lock(tx: Tx, *, invoice_id: UUID) -> Receivable:
    """What is owed on an invoice, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is no such invoice.
    """
    query = select(_invoices).where(_invoices.c.id == invoice_id).with_for_update()
    return _receivable((await tx.execute(query)).first())


async def save(tx: Tx, receivable: Receivable) -> None:
    """Writes state and payment of an invoice that was locked."""
    values = {
        "state": receivable.state,
        "amount_paid_nanos": receivable.amount_paid_nanos,
        "paid_at": receivable.paid_at,
    }
    await tx.execute(update(_invoices).where(_invoices.c.id == receivable.invoice_id).values(values))


async def list_open_ids(tx: Tx, *, organization_id: UUID) -> list[UUID]:
    """The invoices of an organization on which money is owed, the oldest first."""
    owed = _invoices.c.amount_due_nanos > _invoices.c.amount_paid_nanos + _invoices.c.amount_credited_nanos
    query = (
        select(_invoices.c.id)
        .where(_invoices.c.organization_id == organization_id, _invoices.c.kind == "invoice", owed)
        .where(_invoices.c.state.in_(("finalized", "past_due")))
        .order_by(_invoices.c.id)
    )
    return [row.id for row in await tx.execute(query)]


def _receivable(row: AnyRow | None) -> Receivable:
    if row is None:
        raise NotFound("There is no such invoice")
    facts = row._asdict()
    return Receivable(invoice_id=facts.pop("id"), **facts)
