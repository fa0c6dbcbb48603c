"""Answers kept by the caller's own key, in the same transaction as the effect."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Integer, LargeBinary, Table, delete, insert, select, text

from db.engine import Tx
from db.schema import Column, Instant, Json, Text, metadata
from domain.errors import Conflict, IdempotencyMismatch

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("input_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Json),
    Column("created_at", Instant, nullable=False),
)
_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 7262012))")
_WAITS = 100
_WAIT_SECONDS = 0.05
KEPT = timedelta(days=7)


class IdempotencyInProgress(Conflict):
    """The first request with this key is still being answered; repeat it in a moment."""

    code: ClassVar[str] = "idempotency_in_progress"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, and the body exactly as it was sent."""

    status: int
    body: str


async def claim(tx: Tx, *, scope: str, key: str, input_hash: bytes) -> Answer | None:
    """The answer given before, or None for the first request with the key; the others wait until it ends.

    Raises:
        IdempotencyMismatch: the key was used with another input.
        IdempotencyInProgress: the first request did not end within five seconds.
    """
    await _lock(tx, f"{scope} {key}")
    here = (idempotency_keys.c.scope == scope) & (idempotency_keys.c.key == key)
    row = (await tx.execute(select(idempotency_keys).where(here))).first()
    if row is None:
        return None
    if bytes(row.input_hash) != input_hash:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used with another request; take a new one", key=key
        )
    return Answer(row.status, row.body)


async def keep(tx: Tx, *, scope: str, key: str, input_hash: bytes, answer: Answer, now: datetime) -> None:
    """Keeps the answer; it commits with the effect."""
    facts = {
        "scope": scope,
        "key": key,
        "input_hash": input_hash,
        "status": answer.status,
        "body": answer.body,
    }
    await tx.execute(insert(idempotency_keys).values(**facts, created_at=now))


async def forget_old(tx: Tx, *, now: datetime) -> int:
    """Removes answers older than `KEPT`; gives how many."""
    gone = await tx.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEPT))
    return gone.rowcount


async def _lock(tx: Tx, name: str) -> None:
    """Waits for whoever is answering the same key; the lock ends with the transaction."""
    for _ in range(_WAITS):
        if (await tx.execute(_LOCK, {"name": name})).scalar_one():
            return
        await asyncio.sleep(_WAIT_SECONDS)
    raise IdempotencyInProgress(
        "A request with this Idempotency-Key is still being answered; repeat it in a moment"
    )
