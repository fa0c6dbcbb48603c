"""Invoices and credit notes: read by everybody who may, written by the month-end and by corrections."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Table, and_, insert, not_, select, update

from db.billing_run_items import billing_run_items
from db.engine import Tx
from db.rows import AnyRow
from db.schema import BigInteger, Column, Instant, Json, Numeric, Text, Uuid, metadata
from domain.errors import NotFound
from domain.ids import show
from domain.invoice.record import Invoice

invoices = Table(
    "invoices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False, server_default="invoice"),
    Column("corrects_id", Uuid),
    Column("legal_entity", Text, nullable=False),
    Column("period", Date, nullable=False),
    Column("covers_from", Instant),
    Column("covers_until", Instant),
    Column("sequence", BigInteger),
    Column("number", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("usage_nanos", Numeric, nullable=False, server_default="0"),
    Column("rounding_nanos", BigInteger, nullable=False, server_default="0"),
    Column("subtotal_nanos", BigInteger, nullable=False),
    Column("discount_nanos", BigInteger, nullable=False, server_default="0"),
    Column("tax_nanos", BigInteger, nullable=False, server_default="0"),
    Column("total_nanos", BigInteger, nullable=False),
    Column("credits_applied_nanos", BigInteger, nullable=False, server_default="0"),
    Column("amount_due_nanos", BigInteger, nullable=False),
    Column("amount_paid_nanos", BigInteger, nullable=False, server_default="0"),
    Column("amount_credited_nanos", BigInteger, nullable=False, server_default="0"),
    Column("amount_returned_nanos", BigInteger, nullable=False, server_default="0"),
    Column("discount_snapshot", Json),
    Column("tax_snapshot", Json),
    Column("buyer", Json, nullable=False),
    Column("seller", Json, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("run_id", Uuid),
    Column("created_at", Instant, nullable=False),
    Column("finalized_at", Instant),
    Column("due_on", Date),
    Column("paid_at", Instant),
    Column("voided_at", Instant),
    Column("delivered_at", Instant),
)
_KEPT = [invoices.c[field.name] for field in fields(Invoice)]
_I = invoices.c
# What was void before it was handed over is never handed over: it would ask for money that nobody owes.
_TAKEN_BACK = and_(_I.state == "void", _I.delivered_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which invoices to list; what is None does not limit. Not `delivered`: final, and still to be handed over."""

    organization_id: UUID | None = None
    kind: str | None = None
    state: str | None = None
    period: date | None = None
    number: str | None = None
    run_id: UUID | None = None
    corrects_id: UUID | None = None
    delivered: bool | None = None


async def get(tx: Tx, *, invoice_id: UUID) -> Invoice:
    """The invoice or credit note.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    return _found((await tx.execute(select(*_KEPT).where(_I.id == invoice_id))).first())


async def numbers(tx: Tx, *, invoice_ids: Collection[UUID]) -> dict[str, str]:
    """The numbers of final invoices, by their ids at the doors."""
    query = select(_I.id, _I.number).where(_I.id.in_(invoice_ids), _I.number.is_not(None))
    return {show("in", row.id): row.number for row in await tx.execute(query)}


async def lock(tx: Tx, *, invoice_id: UUID) -> Invoice:
    """The invoice, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _found((await tx.execute(select(*_KEPT).where(_I.id == invoice_id).with_for_update())).first())


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[Invoice]:
    """At most `limit` that pass, the newest first."""
    query = _filtered(filters).order_by(_I.id.desc()).limit(limit)
    if after is not None:
        query = query.where(_I.id < after)
    return [_invoice(row) for row in await tx.execute(query)]


async def of_chunk(tx: Tx, *, run_id: UUID, chunk: int) -> Sequence[Invoice]:
    """The invoices that a chunk of a run has made, in the order of organizations; not those taken back since."""
    item = billing_run_items.c
    query = (
        select(*_KEPT)
        .join(billing_run_items, item.invoice_id == _I.id)
        .where(item.run_id == run_id, item.chunk == chunk, item.state == "invoiced")
        .where(_I.state != "draft", not_(_TAKEN_BACK))
        .order_by(item.organization_id)
    )
    return [_invoice(row) for row in await tx.execute(query)]


async def insert_credit_note(tx: Tx, note: Invoice, *, sequence: int) -> None:
    """Writes a credit note under its number."""
    facts = {field.name: getattr(note, field.name) for field in fields(Invoice)}
    await tx.execute(insert(invoices).values(**facts, sequence=sequence))


async def save(tx: Tx, invoice: Invoice) -> None:
    """Writes what may move of a locked invoice: its state, what was credited, and what of its payments went back."""
    movable = ("state", "amount_credited_nanos", "amount_returned_nanos", "paid_at", "voided_at")
    values = {name: getattr(invoice, name) for name in movable}
    await tx.execute(update(invoices).where(_I.id == invoice.id).values(values))


async def lock_sendable(tx: Tx, *, invoice_ids: Collection[UUID]) -> Sequence[Invoice]:
    """These documents as they are now, unchanged by others until the transaction ends; not those taken back unseen."""
    query = select(*_KEPT).where(_I.id.in_(invoice_ids), not_(_TAKEN_BACK))
    query = query.order_by(_I.id).with_for_update(key_share=True)
    return [_invoice(row) for row in await tx.execute(query)]


async def mark_delivered(tx: Tx, *, invoice_ids: Sequence[UUID], now: datetime) -> None:
    """Clients see these documents from now on; one that was handed over before keeps its time."""
    here = (_I.id.in_(invoice_ids), _I.delivered_at.is_(None))
    await tx.execute(update(invoices).where(*here).values(delivered_at=now))


async def list_notes_held_back(tx: Tx, *, invoice_ids: Sequence[UUID]) -> Sequence[Invoice]:
    """The credit notes of these invoices that were not handed over yet, the oldest first."""
    query = select(*_KEPT).where(_I.corrects_id.in_(invoice_ids), _I.delivered_at.is_(None)).order_by(_I.id)
    return [_invoice(row) for row in await tx.execute(query)]


async def delete_draft(tx: Tx, *, invoice_id: UUID) -> None:
    """Removes a draft with its lines; a final invoice cannot be removed."""
    await tx.execute(invoices.delete().where(_I.id == invoice_id, _I.state == "draft"))


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    query = select(*_KEPT)
    if filters.delivered is not None:
        query = query.where(_I.delivered_at.is_not(None) if filters.delivered else _still_to_send())
    for name in ("organization_id", "kind", "state", "period", "number", "run_id", "corrects_id"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(_I[name] == value)
    return query


def _still_to_send() -> ColumnElement[bool]:
    """Neither a draft, nor taken back unseen, nor a correction of what was."""
    taken_back = select(_I.id).where(_TAKEN_BACK)
    corrects_nothing_seen = and_(_I.corrects_id.is_not(None), _I.corrects_id.in_(taken_back))
    return and_(_I.delivered_at.is_(None), _I.state.not_in(("draft", "void")), not_(corrects_nothing_seen))


def _found(row: AnyRow | None) -> Invoice:
    if row is None:
        raise NotFound("There is no such invoice")
    return _invoice(row)


def _invoice(row: AnyRow) -> Invoice:
    facts = row._asdict()
    return Invoice(**facts | {"usage_nanos": int(facts["usage_nanos"])})
