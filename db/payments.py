"""Payments of invoices: one charge under way at a time, each under its own recorded key."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Integer, Select, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.payment import UNDER_WAY, Payment

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, nullable=False),
    Column("invoice_id", Uuid, nullable=False),
    Column("method", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("charge_number", Integer, nullable=False),
    Column("charge_key", Text, nullable=False, unique=True),
    Column("amount_nanos", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("fee_nanos", BigInteger, nullable=False, server_default="0"),
    Column("stripe_intent_id", Text, unique=True),
    Column("stripe_charge_id", Text),
    Column("decline_code", Text, nullable=False, server_default=""),
    Column("hosted_url", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("payment_method_id", Text, nullable=False, server_default=""),
    Column("applied_nanos", BigInteger, nullable=False, server_default="0"),
    Column("refunded_nanos", BigInteger, nullable=False, server_default="0"),
    Column("credited_nanos", BigInteger, nullable=False, server_default="0"),
    Column("dispute_state", Text, nullable=False, server_default=""),
    Column("reference", Text, nullable=False, server_default=""),
    Column("received_on", Date),
    Column("recorded_by", Text, nullable=False, server_default=""),
)
_FIXED = frozenset(
    {
        "id",
        "organization_id",
        "invoice_id",
        "charge_number",
        "charge_key",
        "amount_nanos",
        "currency",
        "created_at",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which payments to list; what is None does not limit."""

    organization_id: UUID | None = None
    invoice_id: UUID | None = None
    state: str | None = None


async def insert_once(tx: Tx, payment: Payment) -> Payment:
    """Records a payment under its key, and gives what stands there: this one, or the one recorded before.

    Raises:
        sqlalchemy.exc.IntegrityError: another charge of the invoice is under way; lock the invoice and look first.
    """
    statement = upsert(payments).values(asdict(payment)).on_conflict_do_nothing(index_elements=["charge_key"])
    await tx.execute(statement)
    row = (await tx.execute(select(payments).where(payments.c.charge_key == payment.charge_key))).one()
    return _payment(row)


async def save(tx: Tx, payment: Payment) -> None:
    """Writes what may change of a payment that was locked."""
    values = {name: value for name, value in asdict(payment).items() if name not in _FIXED}
    await tx.execute(update(payments).where(payments.c.id == payment.id).values(values))


async def get(tx: Tx, *, payment_id: UUID) -> Payment:
    """The payment.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    row = (await tx.execute(select(payments).where(payments.c.id == payment_id))).first()
    if row is None:
        raise NotFound("There is no such payment")
    return _payment(row)


async def lock(tx: Tx, *, payment_id: UUID) -> Payment:
    """The payment, unchanged by others until the transaction ends; lock its invoice first.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(payments).where(payments.c.id == payment_id).with_for_update())).first()
    if row is None:
        raise NotFound("There is no such payment")
    return _payment(row)


async def find_by_key(tx: Tx, *, charge_key: str) -> Payment | None:
    """The payment recorded under a key, if there is one."""
    row = (await tx.execute(select(payments).where(payments.c.charge_key == charge_key))).first()
    return None if row is None else _payment(row)


async def find_by_charge(tx: Tx, *, intent_id: str = "", charge_id: str = "") -> Payment | None:
    """The payment that a Stripe payment intent or charge belongs to, if it is one of ours."""
    known = (
        payments.c.stripe_intent_id == intent_id if intent_id else payments.c.stripe_charge_id == charge_id
    )
    row = (await tx.execute(select(payments).where(known))).first()
    return None if row is None else _payment(row)


async def find_under_way(tx: Tx, *, invoice_id: UUID) -> Payment | None:
    """The one charge of an invoice that may still take the money, if there is one."""
    query = select(payments).where(
        payments.c.invoice_id == invoice_id, payments.c.state.in_(sorted(UNDER_WAY))
    )
    row = (await tx.execute(query)).first()
    return None if row is None else _payment(row)


async def list_of_invoice(tx: Tx, *, invoice_id: UUID) -> list[Payment]:
    """All payments of an invoice, in the order of their numbers."""
    query = select(payments).where(payments.c.invoice_id == invoice_id).order_by(payments.c.charge_number)
    return [_payment(row) for row in await tx.execute(query)]


async def lock_of_invoice(tx: Tx, *, invoice_id: UUID) -> list[Payment]:
    """All payments of an invoice, unchanged by others until the transaction ends; lock the invoice first."""
    query = select(payments).where(payments.c.invoice_id == invoice_id).order_by(payments.c.charge_number)
    return [_payment(row) for row in await tx.execute(query.with_for_update())]


async def next_number(tx: Tx, *, invoice_id: UUID) -> int:
    """The number that an invoice's next payment bears; hold the invoice's lock."""
    query = select(func.coalesce(func.max(payments.c.charge_number), 0)).where(
        payments.c.invoice_id == invoice_id
    )
    return (await tx.execute(query)).scalar_one() + 1


async def set_dispute(tx: Tx, *, payment_id: UUID, state: str, now: datetime) -> None:
    """Remembers how far the client's dispute of a payment has come; a closed one stays closed."""
    closed = payments.c.dispute_state.in_(("won", "lost", "warning_closed"))
    statement = update(payments).where(payments.c.id == payment_id, ~closed)
    await tx.execute(statement.values(dispute_state=state, updated_at=now))


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[Payment]:
    """At most `limit` payments that pass, the newest first."""
    query = _filtered(filters).order_by(payments.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(payments.c.id < after)
    return [_payment(row) for row in await tx.execute(query)]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    query = select(*payments.c)
    for name in ("organization_id", "invoice_id", "state"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(payments.c[name] == value)
    return query


def _payment(row: AnyRow) -> Payment:
    return Payment(**row._asdict())
