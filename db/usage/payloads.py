"""The text of requests and responses, kept apart from the records and for a shorter time."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from db.engine import Tx
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.usage import UsageRecord

usage_payloads = Table(
    "usage_payloads",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("id", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("request", Text),
    Column("response", Text),
)


@dataclass(frozen=True, slots=True)
class Payload:
    """What was asked and answered, as JSON; None where the gateway did not report it."""

    request: Any
    response: Any


async def find(tx: Tx, record: UsageRecord) -> Payload | None:
    """The text of a record, if it was reported and is still kept."""
    table = usage_payloads.c
    same = (table.organization_id == record.organization_id) & (table.id == record.id)
    query = select(table.request, table.response).where(same, table.received_at == record.received_at)
    row = (await tx.execute(query)).first()
    return None if row is None else Payload(_decoded(row.request), _decoded(row.response))


def _decoded(stored: str | None) -> Any:
    """The JSON that was reported; it was checked when it came in."""
    return None if stored is None else json.loads(stored)
