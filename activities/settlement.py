"""What money does when it arrives: one transaction moves payment, invoice and books, and thanks the client."""

from datetime import datetime
from uuid import UUID

from activities.payment_letters import PaymentLetters
from db import audit, intents, payments, postings, receivables
from db.engine import Tx
from domain.audit import Entry
from domain.ids import show
from domain.money import format_amount, from_minor
from domain.payment import Observation, Payment, PaymentState, observed, postings_of, settled
from domain.receivable import Receivable
from gateways.stripe import ChargeResult, ChargeState

_STATES: dict[ChargeState, PaymentState] = {
    "succeeded": "succeeded",
    "processing": "processing",
    "requires_action": "requires_action",
    "declined": "failed",
    "canceled": "cancelled",
}


def observation_of(result: ChargeResult) -> Observation:
    """What Stripe's answer says about a payment."""
    return Observation(
        state=_STATES[result.state],
        intent_id=result.intent_id,
        charge_id=result.charge_id or "",
        fee_nanos=from_minor(result.fee_minor or 0, result.currency),
        decline_code=result.decline_code or "",
        hosted_url=result.hosted_url or "",
    )


class Settlement:
    """Records what is known of payments; the same facts in any order, any number of times, have one effect."""

    def __init__(self, letters: PaymentLetters) -> None:
        self._letters = letters

    async def record(
        self, tx: Tx, *, payment_id: UUID, seen: Observation, now: datetime, tell: bool = False
    ) -> Payment:
        """Moves a payment by an observation; a success also settles the invoice, posts, and sends the receipt.

        Postings are keyed by the payment, so nothing is posted twice. `tell` wakes the invoice's collection when
        something changed.

        Raises:
            NotFound: there is no such payment.
        """
        invoice_id = (await payments.get(tx, payment_id=payment_id)).invoice_id
        owed = await receivables.lock(tx, invoice_id=invoice_id)
        before = await payments.lock(tx, payment_id=payment_id)
        after = observed(before, seen, now=now)
        if after.state == "succeeded":
            after = settled(after, outstanding_nanos=owed.takes_nanos, now=now)
        if after == before:
            return before
        await payments.save(tx, after)
        if tell:
            await tell_collection(tx, after, reason=f"{after.id.hex}:{after.state}")
            await _collect_again(tx, after)
        await self.settle(tx, before, after, owed, now=now)
        return after

    async def settle(
        self, tx: Tx, before: Payment | None, after: Payment, owed: Receivable, *, now: datetime
    ) -> None:
        """Writes what a payment's change does to invoice and books; the invoice is locked."""
        await postings.insert(tx, postings_of(after))
        arrived = after.settled_at is not None and (before is None or before.settled_at is None)
        if not arrived:
            return
        await postings.insert(tx, owed.recoveries(after, now))
        paid = owed.paid_by(after)
        await receivables.save(tx, paid)
        if after.applied_nanos or after.credited_nanos:
            await self._letters.receipt(tx, after, paid, now=now)
        await audit.append(tx, [_entry(after, paid)])


async def tell_collection(tx: Tx, payment: Payment, *, reason: str) -> None:
    """Wakes the process that collects the payment's invoice; once for each reason."""
    await wake_collection(
        tx,
        invoice_id=payment.invoice_id,
        organization_id=payment.organization_id,
        signal="payment_changed",
        reason=reason,
    )


async def _collect_again(tx: Tx, payment: Payment) -> None:
    """Money beyond what was owed goes back, also when the invoice's collection had ended."""
    if payment.excess_nanos:
        await start_collection(
            tx,
            invoice_id=payment.invoice_id,
            organization_id=payment.organization_id,
            reason=f"excess:{payment.id.hex}",
        )


async def start_collection(tx: Tx, *, invoice_id: UUID, organization_id: UUID, reason: str) -> None:
    """Lets an invoice be collected, whether its collection runs, has ended, or never began; once per reason."""
    shown = show("in", invoice_id)
    await intents.insert(
        tx,
        key=f"collection:{shown}:{reason}",
        kind="start",
        workflow="Collection",
        workflow_id=f"collection/{shown}",
        payload={"invoice_id": shown, "organization_id": show("org", organization_id)},
        organization_id=organization_id,
        again=True,
        summary="Collection of an invoice",
    )


async def wake_collection(
    tx: Tx, *, invoice_id: UUID, organization_id: UUID, signal: str, reason: str
) -> None:
    """Tells an invoice's collection to look again; `reason` makes each telling happen once."""
    shown = show("in", invoice_id)
    await intents.insert(
        tx,
        key=f"{signal}:{shown}:{reason}",
        kind="signal",
        workflow="Collection",
        workflow_id=f"collection/{shown}",
        name=signal,
        payload={"reason": reason},
        organization_id=organization_id,
    )


def _entry(payment: Payment, owed: Receivable) -> Entry:
    facts = {
        "payment": show("pay", payment.id),
        "method": payment.method,
        "amount": format_amount(payment.amount_nanos),
        "applied": format_amount(payment.applied_nanos),
        "credited": format_amount(payment.credited_nanos),
        "state": owed.state,
    }
    return Entry(
        "payment.settled", "invoice", show("in", payment.invoice_id), payment.organization_id, after=facts
    )
