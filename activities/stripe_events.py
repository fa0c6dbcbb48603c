"""Stripe's events at work: each only says where to look; what is recorded is what Stripe says of the object now."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from activities.payment_methods import PaymentMethods
from activities.payments import note_refund
from activities.settlement import Settlement, observation_of
from db import payments
from db.engine import Database, Tx
from domain.money import from_minor
from domain.payment import Payment
from domain.webhook import Arrival, Webhook
from gateways.stripe import Stripe, parse_event
from gateways.stripe.events import customer_of, identifier_of

_CHARGES = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.canceled",
)
_CARDS = (
    "setup_intent.succeeded",
    "checkout.session.completed",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.automatically_updated",
)
_FOREIGN = "not a charge of ours"


def stripe_arrival(payload: bytes, signature: str, secrets: Sequence[str], now: datetime) -> Arrival:
    """The event of a signed request; events about one payment intent belong together.

    Raises:
        Refused: the signature is wrong or old, or the body is no event.
    """
    event = parse_event(payload, signature, secrets, now)
    return Arrival(
        source="stripe",
        event_id=event.id,
        kind=event.type,
        object_id=event.intent_id or event.customer_id or event.object_id,
        occurred_at=event.created_at,
        body=payload,
    )


class StripeEvents:
    """Handles stored events of Stripe."""

    def __init__(
        self, database: Database, stripe: Stripe, settlement: Settlement, methods: PaymentMethods
    ) -> None:
        self._database = database
        self._stripe = stripe
        self._settlement = settlement
        self._methods = methods

    async def handle(self, webhook: Webhook) -> str:
        """Books and cards say what Stripe says now."""
        event: dict[str, Any] = json.loads(webhook.body)
        about: dict[str, Any] = event["data"]["object"]
        if webhook.kind in _CHARGES:
            return await self._charge_changed(about["id"])
        if webhook.kind in _CARDS:
            return await self._cards_changed(customer_of(event))
        if webhook.kind == "charge.refunded":
            return await self._refunded(about)
        if webhook.kind.startswith("charge.dispute."):
            return await self._disputed(about)
        return "nothing depends on this kind of event"

    async def _charge_changed(self, intent_id: str) -> str:
        result = await self._stripe.get_intent(intent_id)
        async with self._database.begin() as tx:
            # An answer may still be on its way to whoever charged: then only the key is known here.
            payment = await payments.find_by_charge(tx, intent_id=intent_id)
            payment = payment or await payments.find_by_key(tx, charge_key=result.charge_key)
            if payment is None:
                return _FOREIGN
            seen = observation_of(result)
            await self._settlement.record(tx, payment_id=payment.id, seen=seen, now=_now(), tell=True)
        return ""

    async def _cards_changed(self, customer: str | None) -> str:
        if customer is None:
            return "no customer is named"
        return "" if await self._methods.sync_customer(customer) else "not a customer of ours"

    async def _refunded(self, charge: dict[str, Any]) -> str:
        refunded_nanos = from_minor(charge["amount_refunded"], charge["currency"].upper())
        async with self._database.begin() as tx:
            payment = await _payment_of(tx, charge)
            if payment is None:
                return _FOREIGN
            await note_refund(tx, payment_id=payment.id, refunded_nanos=refunded_nanos, now=_now())
        return ""

    async def _disputed(self, dispute: dict[str, Any]) -> str:
        async with self._database.begin() as tx:
            payment = await _payment_of(tx, dispute)
            if payment is None:
                return _FOREIGN
            await payments.set_dispute(tx, payment_id=payment.id, state=dispute["status"], now=_now())
        return ""


async def _payment_of(tx: Tx, about: dict[str, Any]) -> Payment | None:
    """The payment that a charge or dispute belongs to."""
    intent_id = identifier_of(about.get("payment_intent"))
    if intent_id:
        return await payments.find_by_charge(tx, intent_id=intent_id)
    charge_id = about["id"] if about["object"] == "charge" else identifier_of(about.get("charge"))
    return await payments.find_by_charge(tx, charge_id=charge_id or "")


def _now() -> datetime:
    return datetime.now(UTC)
