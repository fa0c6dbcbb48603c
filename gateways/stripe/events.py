"""Stripe's signed events: the signature over the raw body is checked before a byte of it is believed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from gateways.errors import Refused

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """One event; who acts upon it asks Stripe for the object's state now, since events come late and disordered.

    Attributes:
        id: Stripe's event, the same however often it is delivered.
        type: Such as `payment_intent.succeeded`.
        created_at: When it happened at Stripe.
        object_id: What it is about.
        object_kind: Such as `payment_intent`, `charge`, `dispute`.
        intent_id: The payment intent it concerns, also of a charge, refund or dispute; else None.
        charge_id: The charge it concerns, or None.
        customer_id: Stripe's customer, also the one that a card was taken away from; else None.
        metadata: Our own facts on the object.
    """

    id: str
    type: str
    created_at: datetime
    object_id: str
    object_kind: str
    intent_id: str | None
    charge_id: str | None
    customer_id: str | None
    metadata: Mapping[str, str]


def parse_event(payload: bytes, signature: str, secrets: Sequence[str], now: datetime) -> StripeEvent:
    """Check the signature over the raw body and read the event.

    Args:
        payload: The body as it came, byte for byte.
        signature: The `Stripe-Signature` header.
        secrets: Endpoint secrets; any may have signed, so that one can be rotated out.
        now: Signatures more than five minutes away from it are refused, so that nothing recorded is played back.

    Raises:
        Refused: `bad_signature` or `bad_event`.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Refused("bad_event", "The body is not UTF-8.") from error
    if not any(_signed_by(text, signature, secret) for secret in secrets):
        raise Refused("bad_signature", "No known secret signed this body.")
    if abs(now.timestamp() - _signed_at(signature)) > TOLERANCE_SECONDS:
        raise Refused("bad_signature", "The signature is more than five minutes away from now.")
    try:
        return _read(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("bad_event", "The body is not a Stripe event.") from error


def _signed_by(text: str, signature: str, secret: str) -> bool:
    try:
        return WebhookSignature.verify_header(text, signature, secret, tolerance=None)
    except SignatureVerificationError:
        return False


def _signed_at(signature: str) -> int:
    """The first `t=` of a header that has been verified already, as the verification read it."""
    return int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))


def _read(event: dict[str, Any]) -> StripeEvent:
    about = event["data"]["object"]
    kind = about["object"]
    customer_id = about["id"] if kind == "customer" else customer_of(event)
    return StripeEvent(
        id=event["id"],
        type=event["type"],
        created_at=datetime.fromtimestamp(event["created"], UTC),
        object_id=about["id"],
        object_kind=kind,
        intent_id=about["id"] if kind == "payment_intent" else identifier_of(about.get("payment_intent")),
        charge_id=about["id"]
        if kind == "charge"
        else identifier_of(about.get("charge") or about.get("latest_charge")),
        customer_id=customer_id,
        metadata=dict(about.get("metadata") or {}),
    )


def customer_of(event: Mapping[str, Any]) -> str | None:
    """The customer whose thing an event is about; a card that was detached has one only in what was before."""
    data = event["data"]
    return identifier_of(
        data["object"].get("customer") or (data.get("previous_attributes") or {}).get("customer")
    )


def identifier_of(value: Any) -> str | None:
    """What a field names, whether it holds the object or only its id."""
    return value["id"] if isinstance(value, dict) else value
