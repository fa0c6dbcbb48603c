"""The PDFs of invoices and credit notes: rendered once, kept with their hash, never replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Table, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Uuid, metadata
from domain.errors import NotFound

invoice_documents = Table(
    "invoice_documents",
    metadata,
    Column("invoice_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("pages", Integer, nullable=False, server_default="1"),
    Column("bytes", LargeBinary, nullable=False),
    Column("rendered_at", Instant, nullable=False),
)
_D = invoice_documents.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A rendered document; `sha256` is of its bytes."""

    invoice_id: UUID
    organization_id: UUID
    sha256: bytes
    pages: int
    bytes: bytes
    rendered_at: datetime


async def insert_all(tx: Tx, documents: Sequence[Document]) -> None:
    """Keeps documents; one that is there already stays as it is."""
    rows = [{column.name: getattr(document, column.name) for column in _D} for document in documents]
    if rows:
        await tx.execute(upsert(invoice_documents).on_conflict_do_nothing(), rows)


async def rendered(tx: Tx, *, invoice_ids: Sequence[UUID]) -> set[UUID]:
    """Which of them have a document."""
    found = await tx.execute(select(_D.invoice_id).where(_D.invoice_id.in_(invoice_ids)))
    return set(found.scalars())


async def get(tx: Tx, *, invoice_id: UUID) -> Document:
    """The document.

    Raises:
        NotFound: it is not rendered yet, or the transaction may not see it.
    """
    row = (await tx.execute(select(*_D).where(_D.invoice_id == invoice_id))).first()
    if row is None:
        raise NotFound("The document is not rendered yet; it follows within a minute of the invoice")
    facts = row._asdict()
    return Document(**facts | {"bytes": bytes(row.bytes), "sha256": bytes(row.sha256)})


async def digest(tx: Tx, *, invoice_id: UUID) -> bytes | None:
    """The hash of the document, if it is rendered."""
    found = (await tx.execute(select(_D.sha256).where(_D.invoice_id == invoice_id))).scalar_one_or_none()
    return None if found is None else bytes(found)
