"""The outbox of intents: written in the transaction of the fact, delivered to Temporal afterwards.

Whoever inserts marks its connection; `listen` tells a dispatcher when such a connection has committed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, RowMapping, Table, event, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from db.engine import Database, Tx
from db.schema import Column, Instant, Json, Text, Uuid, metadata
from domain.audit import SYSTEM, Actor
from domain.errors import NotFound
from domain.ids import new_id
from domain.intent import LEASE, Intent, IntentKind, Undelivered, actor_facts, actor_from, pause_after

_MARK = "backoffice_intents"

intents = Table(
    "intents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("workflow_id", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("payload", Json, nullable=False),
    Column("headers", Json, nullable=False, server_default="{}"),
    Column("organization_id", Uuid),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("delivered_at", Instant),
    Column("parked_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
)

# In order for each process: nothing overtakes an earlier intent that is still on its way. The lease is long
# enough for a delivery; whoever dies with it leaves the intent to the next claim.
_CLAIM = text("""
    with due as (
      select i.id from intents i
       where i.delivered_at is null and i.parked_at is null and i.due_at <= :now
         and not exists (select from intents e where e.workflow_id = i.workflow_id
                            and (e.created_at, e.id) < (i.created_at, i.id) and e.delivered_at is null
                            and (e.parked_at is null or e.kind = 'start'))
       order by i.due_at limit :most for update skip locked)
    update intents set attempts = attempts + 1, due_at = :lease
      from due where intents.id = due.id
    returning intents.*""")


_UNDELIVERED = select(*(intents.c[field.name] for field in fields(Undelivered))).where(
    intents.c.delivered_at.is_(None)
)
_COUNT = text("""
    select count(*) filter (where parked_at is null), count(parked_at)
      from intents where delivered_at is null""")


async def insert(
    tx: Tx,
    *,
    key: str,
    kind: IntentKind,
    workflow: str,
    workflow_id: str,
    payload: Mapping[str, Any],
    name: str = "",
    organization_id: UUID | None = None,
    actor: Actor = SYSTEM,
    again: bool = False,
    summary: str = "",
    now: datetime | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Writes an intent unless its key is known; True when it is new.

    `payload` becomes the one argument of the workflow, signal or update. `again` lets a start begin a new run
    of a process that has ended. `summary` is the process's title in the Temporal UI. Without `now` it is due
    at the transaction's time.
    """
    headers = {"actor": actor_facts(actor), "again": again, "summary": summary}
    values = {
        "id": new_id(),
        "key": key,
        "kind": kind,
        "workflow": workflow,
        "workflow_id": workflow_id,
        "name": name,
        "payload": dict(payload),
        "headers": {label: value for label, value in headers.items() if value},
        "organization_id": organization_id,
        "created_at": func.clock_timestamp(),
        "due_at": due_at or now or func.now(),
    }
    statement = insert_or_skip(intents).values(values).on_conflict_do_nothing().returning(intents.c.id)
    found = (await tx.execute(statement)).first()
    (await tx.get_raw_connection()).info[_MARK] = True
    return found is not None


async def claim(tx: Tx, *, now: datetime, most: int = 40) -> list[Intent]:
    """Takes due intents for half a minute, oldest first and in order for each process."""
    values = {"now": now, "most": most, "lease": now + LEASE}
    rows = (await tx.execute(_CLAIM, values)).mappings().all()
    return [_intent(row) for row in rows]


async def mark_delivered(tx: Tx, *, intent_id: UUID, now: datetime, note: str = "") -> None:
    """Temporal has taken it; `note` says what was unusual."""
    await _settle(tx, intent_id, delivered_at=now, last_error=note)


async def mark_failed(tx: Tx, *, intent: Intent, now: datetime, error: str) -> None:
    """It is tried again after a pause that grows with the attempts."""
    await _settle(tx, intent.id, due_at=now + pause_after(intent.attempts), last_error=error[:2000])


async def park(tx: Tx, *, intent_id: UUID, now: datetime, error: str) -> None:
    """It is not tried again by itself; somebody has to look."""
    await _settle(tx, intent_id, parked_at=now, last_error=error[:2000])


async def unpark(tx: Tx, *, intent_id: UUID, now: datetime) -> None:
    """A parked intent is due again, with its attempts counted anew."""
    await _settle(tx, intent_id, parked_at=None, due_at=now, attempts=0)
    (await tx.get_raw_connection()).info[_MARK] = True


async def lock_undelivered(tx: Tx, *, intent_id: UUID) -> Undelivered:
    """An intent that is not delivered, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none, or it was delivered.
    """
    row = (await tx.execute(_UNDELIVERED.where(intents.c.id == intent_id).with_for_update())).first()
    if row is None:
        raise NotFound("There is no such intent, or it was delivered or dismissed")
    return Undelivered(**row._asdict())


async def list_undelivered(
    tx: Tx, *, parked: bool | None, after: UUID | None, limit: int
) -> Sequence[Undelivered]:
    """At most `limit` intents that are not delivered, the newest first; those parked, or those that wait, alone."""
    query = _UNDELIVERED.order_by(intents.c.id.desc()).limit(limit)
    if parked is not None:
        query = query.where(intents.c.parked_at.is_not(None) if parked else intents.c.parked_at.is_(None))
    if after is not None:
        query = query.where(intents.c.id < after)
    return [Undelivered(**row._asdict()) for row in await tx.execute(query)]


async def count_waiting(tx: Tx) -> tuple[int, int]:
    """How many wait for delivery, and how many are parked."""
    waiting, parked = (await tx.execute(_COUNT)).one()
    return int(waiting), int(parked)


def listen(database: Database, wake: Callable[[], None]) -> None:
    """Calls `wake` soon after each transaction of this process that wrote intents has ended."""

    def returned(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop(_MARK, False):
            wake()

    event.listen(database.engine.sync_engine.pool, "checkin", returned)


async def _settle(tx: Tx, intent_id: UUID, **values: object) -> None:
    await tx.execute(update(intents).where(intents.c.id == intent_id).values(**values))


def _intent(row: RowMapping) -> Intent:
    headers = row["headers"]
    return Intent(
        id=row["id"],
        key=row["key"],
        kind=row["kind"],
        workflow=row["workflow"],
        workflow_id=row["workflow_id"],
        name=row["name"],
        payload=row["payload"],
        actor=actor_from(headers.get("actor", {})),
        again=bool(headers.get("again", False)),
        summary=headers.get("summary", ""),
        organization_id=row["organization_id"],
        attempts=row["attempts"],
    )
