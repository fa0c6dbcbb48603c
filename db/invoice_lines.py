"""The lines of invoices."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from uuid import UUID

from sqlalchemy import Date, Integer, Table, insert, select

from db.engine import Tx
from db.rows import AnyRow
from db.schema import BigInteger, Column, Numeric, Text, Uuid, metadata
from domain.errors import NotFound
from domain.invoice.record import InvoiceLine

invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("provider", Text, nullable=False, server_default=""),
    Column("model", Text, nullable=False, server_default=""),
    Column("measure", Text, nullable=False, server_default=""),
    Column("meter", Text, nullable=False, server_default=""),
    Column("usage_month", Date),
    Column("price_id", Uuid),
    Column("quantity", Numeric, nullable=False),
    Column("unit", Text, nullable=False),
    Column("unit_price_nanos", BigInteger, nullable=False),
    Column("exact_nanos", Numeric, nullable=False),
    Column("amount_nanos", BigInteger, nullable=False),
)
_L = invoice_lines.c
_KEPT = [_L[field.name] for field in fields(InvoiceLine)]


async def of_invoices(tx: Tx, *, invoice_ids: Sequence[UUID]) -> dict[UUID, list[InvoiceLine]]:
    """The lines of each invoice in their order."""
    query = select(_L.invoice_id, *_KEPT).where(_L.invoice_id.in_(invoice_ids))
    found: dict[UUID, list[InvoiceLine]] = defaultdict(list)
    for row in await tx.execute(query.order_by(_L.invoice_id, _L.position)):
        found[row.invoice_id].append(_line(row))
    return found


async def of_invoice(tx: Tx, *, invoice_id: UUID) -> list[InvoiceLine]:
    """One invoice's lines in their order."""
    return (await of_invoices(tx, invoice_ids=[invoice_id])).get(invoice_id, [])


async def get(tx: Tx, *, invoice_id: UUID, line_id: UUID) -> InvoiceLine:
    """One line of an invoice.

    Raises:
        NotFound: the invoice has no such line.
    """
    row = (await tx.execute(select(*_KEPT).where(_L.id == line_id, _L.invoice_id == invoice_id))).first()
    if row is None:
        raise NotFound("There is no such line on this invoice")
    return _line(row)


async def insert_all(
    tx: Tx, *, invoice_id: UUID, organization_id: UUID, lines: Sequence[InvoiceLine]
) -> None:
    """Writes the lines of a document made outside of the month-end."""
    owner = {"invoice_id": invoice_id, "organization_id": organization_id}
    await tx.execute(insert(invoice_lines), [asdict(line) | owner for line in lines])


def _line(row: AnyRow) -> InvoiceLine:
    facts = {field.name: getattr(row, field.name) for field in fields(InvoiceLine)}
    return InvoiceLine(**facts | {"exact_nanos": int(facts["exact_nanos"])})
