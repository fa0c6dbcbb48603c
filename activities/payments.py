"""Steps on payments: record a charge before it is made, make it once, look at it, give it up, give back too much."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.settlement import Settlement, observation_of
from db import payment_profiles, payments, postings, receivables
from db.engine import Database, Tx
from domain.ids import new_id, read, show
from domain.money import to_minor
from domain.payment import Observation, Payment, PaymentState, charge_key, postings_of
from domain.payment_profile import PaymentProfile
from domain.receivable import Receivable
from gateways.errors import Refused
from gateways.stripe import ChargeResult, Stripe

# Looked for a little earlier than the payment was recorded: Stripe's clock is not ours.
_CLOCK_SKEW = timedelta(hours=1)
# Refusals after which nobody knows whether a charge stands under the key, or that are our own fault: a person looks.
_UNSETTLED = frozenset({"idempotency_mismatch", "provider_key_refused"})


class ChargeOrder(BaseModel):
    """Charge number `number` of an invoice."""

    model_config = ConfigDict(frozen=True)

    invoice_id: str
    number: int


class PaymentSeen(BaseModel):
    """Where a payment stands; without an id there was nothing to charge."""

    model_config = ConfigDict(frozen=True)

    payment_id: str = ""
    state: PaymentState | None = None
    decline_code: str = ""


class PaymentSteps:
    """One method per step; each may be repeated without a second effect."""

    def __init__(self, database: Database, stripe: Stripe, settlement: Settlement) -> None:
        self._database = database
        self._stripe = stripe
        self._settlement = settlement

    @activity.defn
    async def begin_charge(self, order: ChargeOrder) -> PaymentSeen:
        """The charge stands recorded under its key, or the one that is under way is named; nothing is called.

        Key: `charge:{invoice}:{number}`.
        """
        invoice_id, now = read("in", order.invoice_id), _now()
        async with self._database.begin() as tx:
            owed = await receivables.lock(tx, invoice_id=invoice_id)
            key = charge_key(invoice_id, order.number)
            known = await payments.find_by_key(tx, charge_key=key)
            known = known or await payments.find_under_way(tx, invoice_id=invoice_id)
            if known is not None:
                return _seen(known)
            profile = await payment_profiles.get(tx, organization_id=owed.organization_id)
            taken = order.number != await payments.next_number(tx, invoice_id=invoice_id)
            if taken or not owed.open or not profile.payment_method_id:
                return PaymentSeen()
            recorded = await payments.insert_once(tx, _charge(owed, profile, order.number, key, now))
        return _seen(recorded)

    @activity.defn
    async def charge(self, payment_id: str) -> PaymentSeen:
        """The recorded charge was made at Stripe exactly once, and what came of it is in the books.

        Before anything is charged, Stripe is asked for a charge under the key: an earlier try may have charged
        and died before it could say so.
        """
        payment, profile = await self._read(payment_id)
        if payment.state != "created":
            return await self.look(payment_id)
        seen = await self._charged(payment, profile)
        return await self._record(payment.id, seen)

    @activity.defn
    async def look(self, payment_id: str) -> PaymentSeen:
        """The books say of a payment what Stripe says now; a charge that was never made is made."""
        payment, _ = await self._read(payment_id)
        if payment.method != "card" or payment.state == "succeeded":
            return _seen(payment)
        if payment.stripe_intent_id is None:
            return await self.charge(payment_id) if payment.state == "created" else _seen(payment)
        result = await self._stripe.get_intent(payment.stripe_intent_id)
        return await self._record(payment.id, observation_of(result))

    @activity.defn
    async def abandon(self, payment_id: str) -> PaymentSeen:
        """A charge that waited for the client is cancelled at Stripe, unless it was paid in the meantime."""
        payment, _ = await self._read(payment_id)
        if payment.stripe_intent_id is None or not payment.under_way:
            return _seen(payment)
        try:
            result = await self._stripe.cancel(payment.stripe_intent_id)
        except Refused:
            result = await self._stripe.get_intent(payment.stripe_intent_id)
        return await self._record(payment.id, observation_of(result))

    @activity.defn
    async def return_excess(self, payment_id: str) -> PaymentSeen:
        """What arrived beyond the invoice is on its way back, and posted.

        Key: `excess:{payment}`, and what went back before, in nanos, where something did.
        """
        payment, _ = await self._read(payment_id)
        excess, intent_id = payment.excess_nanos, payment.stripe_intent_id
        if not excess or intent_id is None:
            return _seen(payment)
        before, amount_minor = payment.refunded_nanos, to_minor(excess, payment.currency)
        key = f"excess:{payment.id.hex}" + (f":{before}" if before else "")
        await self._stripe.refund(intent_id=intent_id, idempotency_key=key, amount_minor=amount_minor)
        async with self._database.begin() as tx:
            in_all = before + excess
            after = await note_refund(tx, payment_id=payment.id, refunded_nanos=in_all, now=_now())
        return _seen(after)

    async def _read(self, payment_id: str) -> tuple[Payment, PaymentProfile]:
        async with self._database.begin() as tx:
            payment = await payments.get(tx, payment_id=read("pay", payment_id))
            return payment, await payment_profiles.get(tx, organization_id=payment.organization_id)

    async def _charged(self, payment: Payment, profile: PaymentProfile) -> Observation:
        """What Stripe made of the charge, whether now or in an earlier try."""
        customer = profile.stripe_customer_id or ""
        since = payment.created_at - _CLOCK_SKEW
        found = await self._stripe.find_charge(charge_key=payment.charge_key, customer=customer, since=since)
        if found is not None:
            return observation_of(found)
        try:
            return observation_of(await self._ask(payment, customer))
        except Refused as refused:
            if refused.code in _UNSETTLED:
                raise
            return Observation(state="failed", decline_code=refused.decline_code or refused.code)

    async def _ask(self, payment: Payment, customer: str) -> ChargeResult:
        return await self._stripe.charge(
            customer=customer,
            payment_method=payment.payment_method_id,
            amount_minor=to_minor(payment.amount_nanos, payment.currency),
            currency=payment.currency,
            invoice_id=show("in", payment.invoice_id),
            charge_key=payment.charge_key,
        )

    async def _record(self, payment_id: UUID, seen: Observation) -> PaymentSeen:
        async with self._database.begin() as tx:
            after = await self._settlement.record(tx, payment_id=payment_id, seen=seen, now=_now())
        return _seen(after)


async def note_refund(tx: Tx, *, payment_id: UUID, refunded_nanos: int, now: datetime) -> Payment:
    """Remembers how much of a payment went back in all; the excess, once returned, leaves the books."""
    before = await payments.lock(tx, payment_id=payment_id)
    if refunded_nanos <= before.refunded_nanos:
        return before
    after = replace(before, refunded_nanos=min(refunded_nanos, before.amount_nanos), updated_at=now)
    await payments.save(tx, after)
    await postings.insert(tx, postings_of(after))
    return after


def _charge(owed: Receivable, profile: PaymentProfile, number: int, key: str, now: datetime) -> Payment:
    return Payment(
        id=new_id(),
        organization_id=owed.organization_id,
        invoice_id=owed.invoice_id,
        method="card",
        state="created",
        charge_number=number,
        charge_key=key,
        amount_nanos=owed.outstanding_nanos,
        currency=owed.currency,
        payment_method_id=profile.payment_method_id or "",
        created_at=now,
        updated_at=now,
    )


def _seen(payment: Payment) -> PaymentSeen:
    return PaymentSeen(
        payment_id=show("pay", payment.id), state=payment.state, decline_code=payment.decline_code
    )


def _now() -> datetime:
    return datetime.now(UTC)
