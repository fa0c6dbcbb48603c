"""The table of usage records, and what of it is read back."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Table, select

from db.schema import Column, Instant, Text, Uuid, metadata
from db.wallets import wallets

usage = Table(
    "usage",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("id", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("project_id", Uuid),
    Column("api_key_id", Text),
    Column("bot_id", Text),
    Column("end_user", Text),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_input_tokens", BigInteger, nullable=False),
    Column("duration_ms", BigInteger),
    Column("meter", Text, nullable=False),
    Column("quantity_micros", BigInteger, nullable=False),
    Column("price_id", Uuid),
    Column("list_price_id", Uuid),
    Column("amount_nanos", BigInteger),
    Column("cost_nanos", BigInteger),
    Column("posting_id", Uuid),
    Column("billed_in", Date),
    Column("batch_id", BigInteger, nullable=False),
)


def record_columns() -> list[ColumnElement[Any]]:
    """The columns of a record, and the currency of its organization."""
    currency = select(wallets.c.currency).where(wallets.c.organization_id == usage.c.organization_id)
    shown = [column for column in usage.c if column.name != "batch_id"]
    return [*shown, currency.scalar_subquery().label("currency")]
