"""What SendGrid tells about letters it took: its signed event webhook, checked and read.

SendGrid signs timestamp and body, but an old signature stands for ever: the window against replays is ours.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from domain.errors import BadIdentifier
from domain.ids import read
from gateways.errors import Refused
from gateways.mail.sendgrid import ARGUMENT

WINDOW_SECONDS = 600
Event = Literal["accepted", "delivered", "deferred", "bounced", "blocked", "dropped", "complained"]
_NAMES: dict[str, Event] = {
    "processed": "accepted",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounce": "bounced",
    "dropped": "dropped",
    "spamreport": "complained",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailEvent:
    """What happened to one letter. `event_id` is unique: the same event may be told more than once."""

    outbox_id: UUID
    event: Event
    reason: str
    at: datetime
    event_id: str


def verify_sendgrid(
    public_key: str,
    timestamp: str,
    signature: str,
    payload: bytes,
    now: datetime,
    *,
    window_seconds: int = WINDOW_SECONDS,
) -> None:
    """Check that SendGrid sent exactly this body, lately. `public_key` and `signature` are base64.

    Raises:
        Refused: `bad_signature`, or `stale` when the timestamp is outside the window.
    """
    key = _public_key(public_key)
    try:
        sent_at = int(timestamp)
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + payload, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise Refused("bad_signature", "the body was not signed with SendGrid's key") from None
    if abs(now.timestamp() - sent_at) > window_seconds:
        raise Refused("stale", f"signed more than {window_seconds} seconds from now: perhaps a replay")


def _public_key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("bad_signature", "the webhook's public key is not a base64 DER key") from None
    if not isinstance(key, EllipticCurvePublicKey):
        raise Refused("bad_signature", "the webhook's public key is not an elliptic-curve key")
    return key


def parse_sendgrid_events(payload: bytes) -> list[MailEvent]:
    """The events about our letters, in the order told; others (opens, clicks, foreign mail) are left out.

    Raises:
        Refused: `malformed` when the body is no JSON array of objects, or an event of ours lacks a field.
    """
    try:
        items = json.loads(payload)
        found = [_event(item) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Refused("malformed", f"not a list of SendGrid events: {error}") from error
    return [event for event in found if event]


def _event(item: dict[str, Any]) -> MailEvent | None:
    event = _NAMES.get(item.get("event", ""))
    try:
        outbox_id = read("mail", item.get(ARGUMENT, ""))
    except BadIdentifier:
        return None
    if event is None:
        return None
    return MailEvent(
        outbox_id=outbox_id,
        event="blocked" if event == "bounced" and item.get("type") == "blocked" else event,
        reason=str(item.get("reason") or item.get("response") or "")[:500],
        at=datetime.fromtimestamp(int(item["timestamp"]), UTC),
        event_id=str(item["sg_event_id"]),
    )
