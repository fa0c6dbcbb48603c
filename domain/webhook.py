"""An event that a provider reported to us: stored once, handled in order per object, parked when its handling keeps failing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.errors import Refusal, WrongState
from domain.pauses import doubled

Source = Literal["stripe", "sendgrid"]
WebhookState = Literal["received", "handled", "ignored", "parked"]

LAST_ATTEMPT = 8
# A handler that holds an event longer than this is taken for dead, and the event is handled again.
LEASE = timedelta(minutes=1)
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(minutes=30)


class BadSignature(Refusal):
    """The request was not signed by the provider, or its body was changed on the way."""

    code = "bad_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event as the provider tells it, before it is stored.

    `object_id` is the thing the event is about: events about one thing are handled one after another.
    `occurred_at` is the provider's time.
    """

    source: Source
    event_id: str
    kind: str
    object_id: str
    occurred_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A stored event; `due_at` is the next try.

    `attempts` counts from its arrival or its last replay, without those in which its provider was away.
    """

    id: UUID
    source: Source
    event_id: str
    kind: str
    object_id: str
    occurred_at: datetime
    received_at: datetime
    body: bytes
    state: WebhookState
    attempts: int
    due_at: datetime
    handled_at: datetime | None
    last_error: str

    def require_replayable(self) -> None:
        """Refuses to replay an event that is waiting for its first handling anyway.

        Raises:
            WrongState: the event is still to be handled.
        """
        if self.state == "received":
            raise WrongState("The event waits to be handled already", state=self.state)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: doubling from five seconds to half an hour."""
    return doubled(_FIRST_DELAY, _LONGEST_DELAY, attempts=attempts)


def delay_while_away(waited: timedelta) -> timedelta:
    """How long to wait for a provider that is away, for an event that has waited so long: as long again, at most half an hour."""
    return min(max(waited, _FIRST_DELAY), _LONGEST_DELAY)


def exhausted(attempts: int) -> bool:
    """True when an event has failed so often, its provider being there, that a person should look."""
    return attempts >= LAST_ATTEMPT
