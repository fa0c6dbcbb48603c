"""Delivers intents: claim in one transaction, call Temporal outside of it, settle in another."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from db import audit, intents
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.intent import LAST_ATTEMPT, Intent, Undelivered
from gateways.errors import Refused, Unavailable
from gateways.temporal.connection import Temporal
from gateways.temporal.delivery import deliver

log = structlog.get_logger(__name__)
_AT_ONCE = 8


class IntentPump:
    """Delivers what is due. Safe to run in several processes: claims skip what others hold."""

    name = "intents"
    idle_seconds = 1.0

    def __init__(self, database: Database, temporal: Temporal) -> None:
        self._database = database
        self._temporal = temporal

    async def run_once(self) -> int:
        """Afterwards every claimed intent is delivered, due again later, or parked; says how many."""
        async with self._database.begin() as tx:
            claimed = await intents.claim(tx, now=_now())
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._within(slots, intent) for intent in claimed))
        return len(claimed)

    async def _within(self, slots: asyncio.Semaphore, intent: Intent) -> None:
        async with slots:
            await self._deliver(intent)

    async def _deliver(self, intent: Intent) -> None:
        """One delivery; made twice (the lease ran out) it is one, by the workflow's or update's id."""
        try:
            note = await deliver(self._temporal, intent)
        except Refused as refused:
            await self._park(intent, refused.detail)
        except Unavailable as unavailable:
            await self._delay(intent, unavailable.detail)
        except Exception as error:  # one intent that cannot be delivered must not hold up the others
            log.exception("intent failed", key=intent.key)
            await (self._park if intent.attempts >= LAST_ATTEMPT else self._delay)(intent, repr(error))
        else:
            async with self._database.begin() as tx:
                await intents.mark_delivered(tx, intent_id=intent.id, now=_now(), note=note)

    async def _park(self, intent: Intent, reason: str) -> None:
        log.warning("intent parked", key=intent.key, workflow_id=intent.workflow_id, reason=reason)
        async with self._database.begin() as tx:
            await intents.park(tx, intent_id=intent.id, now=_now(), error=reason)

    async def _delay(self, intent: Intent, reason: str) -> None:
        log.warning("intent delayed", key=intent.key, attempts=intent.attempts, reason=reason)
        async with self._database.begin() as tx:
            await intents.mark_failed(tx, intent=intent, now=_now(), error=reason)


async def try_again(tx: Tx, *, intent_id: UUID, actor: Actor, now: datetime) -> Undelivered:
    """A parked intent is delivered once more; what it wants of its process is still done once, by its key.

    Raises:
        NotFound: there is none, or it was delivered.
        WrongState: it is not parked.
    """
    intent = await intents.lock_undelivered(tx, intent_id=intent_id)
    intent.require_parked()
    await intents.unpark(tx, intent_id=intent_id, now=now)
    await audit.append(tx, [_entry("intent.retried", intent)], actor=actor)
    return await intents.lock_undelivered(tx, intent_id=intent_id)


async def dismiss(tx: Tx, *, intent_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """A parked intent is never delivered, and holds up no later one of its process.

    Raises:
        NotFound: there is none, or it was delivered.
        WrongState: it is not parked.
    """
    intent = await intents.lock_undelivered(tx, intent_id=intent_id)
    intent.require_parked()
    await intents.mark_delivered(tx, intent_id=intent_id, now=now, note=f"dismissed: {reason}")
    await audit.append(tx, [_entry("intent.dismissed", intent, reason=reason)], actor=actor)


def _entry(action: str, intent: Undelivered, **said: str) -> Entry:
    facts = {"process": intent.workflow_id, "kind": intent.kind, "name": intent.name, **said}
    before = {"state": intent.state, "error": intent.last_error}
    return Entry(action, "intent", show("int", intent.id), intent.organization_id, before=before, after=facts)


def _now() -> datetime:
    return datetime.now(UTC)
