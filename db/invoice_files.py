"""The rendered documents that go with mails."""

from uuid import UUID

from sqlalchemy import column, select, table

from db.engine import Tx

# Named here without types: the table itself is registered, with its columns, where documents are rendered.
_documents = table("invoice_documents", column("invoice_id"), column("bytes"))


async def find_document(tx: Tx, *, invoice_id: UUID) -> bytes | None:
    """The PDF of an invoice or credit note, if it is rendered."""
    row = (await tx.execute(select(_documents.c.bytes).where(_documents.c.invoice_id == invoice_id))).first()
    return None if row is None else bytes(row.bytes)
