"""The webhook inbox: each event stored once, handled in order per object, parked when it keeps failing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Select, Table, UniqueConstraint, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.ids import new_id
from domain.webhook import LEASE, Arrival, Webhook, WebhookState

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("object_id", Text, nullable=False, server_default=""),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="received"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("handled_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
    UniqueConstraint("source", "event_id"),
)
_LONGEST_ERROR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which events to list; what is None does not limit."""

    source: str | None = None
    state: str | None = None
    kind: str | None = None
    object_id: str | None = None


async def store(tx: Tx, arrivals: Sequence[Arrival], *, now: datetime) -> list[UUID]:
    """Stores events that are not there yet; returns the ids of the new ones."""
    if not arrivals:
        return []
    rows = [{"id": new_id(), **asdict(arrival), "received_at": now, "due_at": now} for arrival in arrivals]
    statement = (
        upsert(webhooks)
        .on_conflict_do_nothing(index_elements=["source", "event_id"])
        .returning(webhooks.c.id, sort_by_parameter_order=True)
    )
    return [row.id for row in await tx.execute(statement, rows)]


async def claim(tx: Tx, *, now: datetime, limit: int, ids: Sequence[UUID] | None = None) -> list[Webhook]:
    """Takes events that are due, each the oldest waiting of its object, and holds them for `LEASE`.

    Counts the attempt. `ids` limits the claim to those events.
    """
    older = webhooks.alias("older")
    before = or_(
        older.c.occurred_at < webhooks.c.occurred_at,
        (older.c.occurred_at == webhooks.c.occurred_at) & (older.c.id < webhooks.c.id),
    )
    same = (older.c.source == webhooks.c.source) & (older.c.object_id == webhooks.c.object_id)
    due = (
        select(webhooks.c.id)
        .where(webhooks.c.state == "received", webhooks.c.due_at <= now)
        .where(or_(webhooks.c.object_id == "", ~exists().where(same, older.c.state == "received", before)))
        .order_by(webhooks.c.occurred_at, webhooks.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if ids is not None:
        due = due.where(webhooks.c.id.in_(ids))
    statement = (
        update(webhooks)
        .where(webhooks.c.id.in_(due))
        .values(due_at=now + LEASE, attempts=webhooks.c.attempts + 1)
        .returning(*webhooks.c)
    )
    found = [_webhook(row) for row in await tx.execute(statement)]
    return sorted(found, key=lambda webhook: (webhook.occurred_at, webhook.id))


async def finish(tx: Tx, *, webhook_id: UUID, state: WebhookState, now: datetime, note: str = "") -> None:
    """Writes that an event was handled, ignored or parked; `note` says why it was not handled."""
    values = {"state": state, "handled_at": now, "last_error": note[:_LONGEST_ERROR]}
    await tx.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(values))


async def retry_later(tx: Tx, *, webhook_id: UUID, due_at: datetime, error: str) -> None:
    """Writes why handling failed and when it is tried again."""
    values = {"due_at": due_at, "last_error": error[:_LONGEST_ERROR]}
    await tx.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(values))


async def wait_for_provider(tx: Tx, *, webhook_id: UUID, due_at: datetime, error: str) -> None:
    """Writes that the provider was away and when it is tried again; the attempt does not count."""
    await retry_later(tx, webhook_id=webhook_id, due_at=due_at, error=error)
    uncounted = update(webhooks).where(webhooks.c.id == webhook_id).values(attempts=webhooks.c.attempts - 1)
    await tx.execute(uncounted)


async def replay(tx: Tx, *, webhook_id: UUID, now: datetime) -> None:
    """Makes an event wait to be handled again, with its attempts counted anew."""
    await tx.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(_anew(now)))


async def replay_parked(tx: Tx, *, now: datetime, limit: int) -> list[UUID]:
    """Makes parked events, the oldest first, wait to be handled again; returns their ids."""
    parked = (
        select(webhooks.c.id)
        .where(webhooks.c.state == "parked")
        .order_by(webhooks.c.occurred_at)
        .limit(limit)
    )
    statement = update(webhooks).where(webhooks.c.id.in_(parked)).values(_anew(now)).returning(webhooks.c.id)
    return [row.id for row in await tx.execute(statement)]


def _anew(now: datetime) -> dict[str, Any]:
    return {"state": "received", "attempts": 0, "due_at": now, "handled_at": None, "last_error": ""}


async def get(tx: Tx, *, webhook_id: UUID) -> Webhook:
    """The event.

    Raises:
        NotFound: there is none.
    """
    row = (await tx.execute(select(webhooks).where(webhooks.c.id == webhook_id))).first()
    if row is None:
        raise NotFound("There is no such event")
    return _webhook(row)


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> list[Webhook]:
    """At most `limit` events that pass, the newest first."""
    query = _filtered(filters).order_by(webhooks.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(webhooks.c.id < after)
    return [_webhook(row) for row in await tx.execute(query)]


def _filtered(filters: Filters) -> Select[*tuple[Any, ...]]:
    query = select(*webhooks.c)
    for name in ("source", "state", "kind", "object_id"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(webhooks.c[name] == value)
    return query


def _webhook(row: AnyRow) -> Webhook:
    facts = row._asdict()
    return Webhook(**facts | {"body": bytes(facts["body"])})
