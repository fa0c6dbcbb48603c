"""The rendered documents that go with mails."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Uuid, column, func, select, table

from db.engine import Tx

# Named here without types: the table itself is registered, with its columns, where documents are rendered.
_documents = table("invoice_documents", column("invoice_id", Uuid), column("bytes"))


async def find_document(tx: Tx, *, invoice_id: UUID) -> bytes | None:
    """The PDF of an invoice or credit note, if it is rendered."""
    row = (await tx.execute(select(_documents.c.bytes).where(_documents.c.invoice_id == invoice_id))).first()
    return None if row is None else bytes(row.bytes)


async def sizes(tx: Tx, *, invoice_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """How many bytes the PDF of each of these has; those without one are left out."""
    wanted = set(invoice_ids)
    if not wanted:
        return {}
    query = select(_documents.c.invoice_id, func.octet_length(_documents.c.bytes).label("size"))
    rows = await tx.execute(query.where(_documents.c.invoice_id.in_(wanted)))
    return {row.invoice_id: row.size for row in rows}
