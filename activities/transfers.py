"""Transfers that arrived at the bank, recorded by a person."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from activities.settlement import Settlement, tell_collection
from db import audit, payments, receivables, wallets
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import Invalid, WrongState
from domain.ids import new_id, show
from domain.money import format_amount, require_coins
from domain.payment import Payment, settled
from domain.receivable import Receivable
from domain.wallet import paid_credits


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money that is at the bank for an invoice; with `to_credits`, what is too much becomes the client's credits."""

    invoice_id: UUID
    amount_nanos: int
    received_on: date
    reference: str
    to_credits: bool = False


async def record_transfer(
    tx: Tx, settlement: Settlement, transfer: Transfer, *, actor: Actor, now: datetime
) -> Payment:
    """Settles an invoice, in full or in part, with money that is at the bank, and wakes its collection.

    Raises:
        NotFound: there is no such invoice.
        WrongState: nothing is owed (unless it may become credits), or a charge of the card is under way.
        Invalid: the amount is more than is owed, not whole coins, or not above zero; the day lies ahead.
    """
    owed = await _lock(tx, transfer)
    _check(owed, transfer, now)
    charge = await payments.find_under_way(tx, invoice_id=transfer.invoice_id)
    if charge is not None and charge.in_flight:
        raise WrongState("A charge of the saved card is under way: record the transfer when its end is known")
    number = await payments.next_number(tx, invoice_id=transfer.invoice_id)
    arrived = _arrived(owed, transfer, number, actor, now)
    await payments.insert_once(tx, arrived)
    await tell_collection(tx, arrived, reason=f"{arrived.id.hex}:succeeded")
    await settlement.settle(tx, None, arrived, owed, now=now)
    await _credit(tx, arrived, owed, now)
    await audit.append(tx, [_entry(arrived)], actor=actor)
    return arrived


async def _lock(tx: Tx, transfer: Transfer) -> Receivable:
    """The invoice; before it the wallet, when it may be filled: money moves under the wallet's lock first."""
    if transfer.to_credits:
        seen = await receivables.get(tx, invoice_id=transfer.invoice_id)
        await wallets.lock(tx, organization_id=seen.organization_id)
    return await receivables.lock(tx, invoice_id=transfer.invoice_id)


def _check(owed: Receivable, transfer: Transfer, now: datetime) -> None:
    if transfer.to_credits:
        owed.require_asked()
    else:
        owed.require_taking()
    require_coins(transfer.amount_nanos, owed.currency, field="amount")
    if transfer.amount_nanos > owed.takes_nanos and not transfer.to_credits:
        left = f"{format_amount(owed.outstanding_nanos)} {owed.currency}"
        remedy = "record that much and return the rest, or let the rest become the client's credits"
        raise Invalid(f"amount: only {left} is owed; {remedy}", outstanding=left)
    if transfer.received_on > now.date():
        raise Invalid("received_on: lies in the future; record the money once it is there")


def _arrived(owed: Receivable, transfer: Transfer, number: int, actor: Actor, now: datetime) -> Payment:
    """The settled payment, with what of it is more than was owed."""
    payment = Payment(
        id=new_id(),
        organization_id=owed.organization_id,
        invoice_id=owed.invoice_id,
        method="bank_transfer",
        state="succeeded",
        charge_number=number,
        charge_key=f"transfer:{owed.invoice_id.hex}:{number}",
        amount_nanos=transfer.amount_nanos,
        currency=owed.currency,
        reference=transfer.reference,
        received_on=transfer.received_on,
        recorded_by=str(actor.id),
        created_at=now,
        updated_at=now,
    )
    arrived = settled(payment, outstanding_nanos=owed.takes_nanos, now=now)
    return replace(arrived, credited_nanos=arrived.excess_nanos)


async def _credit(tx: Tx, payment: Payment, owed: Receivable, now: datetime) -> None:
    """What was too much becomes credits, once for the payment."""
    if not payment.credited_nanos:
        return
    lot = paid_credits(
        organization_id=payment.organization_id,
        amount_nanos=payment.credited_nanos,
        reason=f"Transfer {payment.reference}: more than invoice {owed.number} asked for",
        key=show("pay", payment.id),
        now=now,
    )
    await wallets.credit(
        tx, lot, source="refunds", cause="overpayment", subject_id=show("in", owed.invoice_id)
    )


def _entry(payment: Payment) -> Entry:
    facts = {
        "invoice": show("in", payment.invoice_id),
        "amount": format_amount(payment.amount_nanos),
        "to_credits": format_amount(payment.credited_nanos),
        "reference": payment.reference,
        "received_on": str(payment.received_on),
    }
    return Entry("payment.recorded", "payment", show("pay", payment.id), payment.organization_id, after=facts)
