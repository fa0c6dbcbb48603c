"""The inbox at work: events handled one after another per object, tried again when they fail, parked at last.

An event is parked only for what it does to us: while the provider is away it waits, however long that takes.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import structlog

from activities.mails import note_report
from db import audit, webhooks
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.webhook import Arrival, Source, Webhook, delay_after, delay_while_away, exhausted
from gateways.errors import Refused, Unavailable
from gateways.mail import MailEvent, parse_sendgrid_events

log = structlog.get_logger(__name__)
_AT_ONCE = 4
_BATCH = 50


class Handler(Protocol):
    """What one source's events do."""

    async def handle(self, webhook: Webhook) -> str:
        """Makes true what the event tells, in any order, repeated or not.

        Returns:
            Nothing when handled, else why the event was none of ours.
        """
        ...


class WebhookInbox:
    """Handles what is due. Safe to run in several processes: claims skip what others hold."""

    name = "webhooks"
    idle_seconds = 1.0

    def __init__(self, database: Database, handlers: Mapping[Source, Handler]) -> None:
        self._database = database
        self._handlers = handlers
        self._tasks: set[asyncio.Task[None]] = set()

    async def run_once(self) -> int:
        """Afterwards every claimed event is handled, ignored, due again later, or parked; says how many."""
        return await self._work(None)

    async def handle_now(self, webhook_ids: Sequence[UUID]) -> None:
        """Handles these events unless older ones of their object wait; the pump takes what is left."""
        await self._work(webhook_ids)

    def handle_soon(self, webhook_ids: Sequence[UUID]) -> None:
        """Begins to handle these events and returns at once."""
        task = asyncio.create_task(self.handle_now(webhook_ids))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.warning("events are left to the pump", exc_info=task.exception())

    async def close(self) -> None:
        """Waits for what is being handled."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, ids: Sequence[UUID] | None) -> int:
        async with self._database.begin() as tx:
            claimed = await webhooks.claim(tx, now=_now(), limit=_BATCH, ids=ids)
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._within(slots, webhook) for webhook in claimed))
        return len(claimed)

    async def _within(self, slots: asyncio.Semaphore, webhook: Webhook) -> None:
        async with slots:
            await self._handle(webhook)

    async def _handle(self, webhook: Webhook) -> None:
        try:
            note = await self._handlers[webhook.source].handle(webhook)
        except Exception as error:  # noqa: BLE001 — a poisonous event, whatever it does, must not stop the others
            await self._failed(webhook, error)
            return
        async with self._database.begin() as tx:
            state = "ignored" if note else "handled"
            await webhooks.finish(tx, webhook_id=webhook.id, state=state, now=_now(), note=note)

    async def _failed(self, webhook: Webhook, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        facts = {
            "event_id": webhook.event_id,
            "kind": webhook.kind,
            "attempts": webhook.attempts,
            "reason": reason,
        }
        async with self._database.begin() as tx:
            if isinstance(error, Unavailable):
                log.warning("webhook waits for its provider", **facts)
                due_at = _now() + delay_while_away(_now() - webhook.received_at)
                await webhooks.wait_for_provider(tx, webhook_id=webhook.id, due_at=due_at, error=reason)
                return
            if exhausted(webhook.attempts):
                log.error("webhook parked", **facts, exc_info=error)
                await webhooks.finish(tx, webhook_id=webhook.id, state="parked", now=_now(), note=reason)
                return
            log.warning("webhook delayed", **facts)
            due_at = _now() + delay_after(webhook.attempts)
            await webhooks.retry_later(tx, webhook_id=webhook.id, due_at=due_at, error=reason)


class SendGridReports:
    """Moves mails by what SendGrid reports of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, webhook: Webhook) -> str:
        """The mail stands at the furthest that was reported."""
        for event in parse_sendgrid_events(b"[" + webhook.body + b"]"):
            async with self._database.begin() as tx:
                if await note_report(tx, event):
                    return ""
        return "no mail of ours"


def sendgrid_arrivals(payload: bytes) -> list[Arrival]:
    """The events of one request about our mails, each with its own body.

    Raises:
        Refused: the body is no list of events.
    """
    try:
        items = json.loads(payload)
    except ValueError as error:
        raise Refused("malformed", f"not JSON: {error}") from error
    if not isinstance(items, list):
        raise Refused("malformed", "not a list of events")
    bodies = [json.dumps(item, separators=(",", ":")).encode() for item in items]
    return [_arrival(event, body) for body in bodies for event in parse_sendgrid_events(b"[" + body + b"]")]


def _arrival(event: MailEvent, body: bytes) -> Arrival:
    return Arrival(
        source="sendgrid",
        event_id=event.event_id,
        kind=event.event,
        object_id=show("mail", event.outbox_id),
        occurred_at=event.at,
        body=body,
    )


async def replay(tx: Tx, *, webhook_id: UUID, actor: Actor, now: datetime) -> Webhook:
    """Makes an event wait to be handled once more.

    Raises:
        NotFound: there is no such event.
        WrongState: it waits already.
    """
    webhook = await webhooks.get(tx, webhook_id=webhook_id)
    webhook.require_replayable()
    await webhooks.replay(tx, webhook_id=webhook_id, now=now)
    facts = {"source": webhook.source, "event": webhook.event_id, "kind": webhook.kind}
    entry = Entry(
        "webhook.replayed", "webhook", show("evt", webhook_id), before={"state": webhook.state}, after=facts
    )
    await audit.append(tx, [entry], actor=actor)
    return await webhooks.get(tx, webhook_id=webhook_id)


async def replay_parked(tx: Tx, *, actor: Actor, now: datetime, limit: int) -> list[UUID]:
    """Makes parked events, the oldest first, wait to be handled once more."""
    ids = await webhooks.replay_parked(tx, now=now, limit=limit)
    if ids:
        entry = Entry("webhooks.replayed", "webhook", "parked", after={"count": len(ids)})
        await audit.append(tx, [entry], actor=actor)
    return ids


def _now() -> datetime:
    return datetime.now(UTC)
