"""An intent: what a committed fact wants of a process; delivered until Temporal has taken it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from domain.audit import SYSTEM, Actor
from domain.errors import WrongState
from domain.pauses import doubled

IntentKind = Literal["start", "signal", "update"]
LEASE = timedelta(seconds=30)
LAST_ATTEMPT = 20
_LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One delivery. `name` is the signal's or update's; `attempts` counts this one.

    `again` lets a start begin a new run after an earlier one has ended; otherwise it is done only once.
    """

    id: UUID
    key: str
    kind: IntentKind
    workflow: str
    workflow_id: str
    name: str
    payload: Mapping[str, Any]
    actor: Actor
    again: bool
    summary: str
    organization_id: UUID | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """An intent that Temporal has not taken: it waits for its next delivery, or is parked until somebody decides."""

    id: UUID
    key: str
    kind: IntentKind
    workflow: str
    workflow_id: str
    name: str
    organization_id: UUID | None
    created_at: datetime
    due_at: datetime
    attempts: int
    parked_at: datetime | None
    last_error: str

    @property
    def state(self) -> Literal["waiting", "parked"]:
        """Whether it is still delivered by itself."""
        return "waiting" if self.parked_at is None else "parked"

    def require_parked(self) -> None:
        """Refuses to decide about an intent that is delivered by itself.

        Raises:
            WrongState: it waits for its next delivery.
        """
        if self.parked_at is None:
            raise WrongState("It is not parked: it is delivered by itself", state=self.state)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many failed deliveries: 1 s, 2 s, 4 s … at most five minutes."""
    return doubled(timedelta(seconds=1), _LONGEST_PAUSE, attempts=attempts)


def actor_facts(actor: Actor) -> dict[str, str]:
    """The actor as it may be stored beside an intent or sent in headers: no name, no address."""
    if actor == SYSTEM:
        return {}
    return {"kind": actor.kind, "id": str(actor.id), "request_id": actor.request_id}


def actor_from(facts: Mapping[str, str]) -> Actor:
    """The actor named by stored facts; the system when there are none."""
    if not facts:
        return SYSTEM
    return Actor(kind=facts["kind"], id=facts["id"], name="", request_id=facts.get("request_id", ""))
