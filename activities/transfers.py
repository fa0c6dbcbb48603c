"""Transfers that arrived at the bank, recorded by a person."""

from datetime import date, datetime
from uuid import UUID

from activities.settlement import Settlement, tell_collection
from db import audit, payments, receivables
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import Invalid, WrongState
from domain.ids import new_id, show
from domain.money import coin_nanos, format_amount
from domain.payment import Payment, settled
from domain.receivable import Receivable


async def record_transfer(
    tx: Tx,
    settlement: Settlement,
    *,
    invoice_id: UUID,
    amount_nanos: int,
    received_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Settles an invoice, in full or in part, with money that is at the bank, and wakes its collection.

    Raises:
        NotFound: there is no such invoice.
        WrongState: nothing is owed, or a charge of the card is under way.
        Invalid: the amount is more than is owed, not whole coins, or not above zero; the day lies ahead.
    """
    owed = await receivables.lock(tx, invoice_id=invoice_id)
    owed.require_taking()
    _check(owed, amount_nanos, received_on, now)
    charge = await payments.find_under_way(tx, invoice_id=invoice_id)
    if charge is not None and charge.in_flight:
        raise WrongState("A charge of the saved card is under way: record the transfer when its end is known")
    number = await payments.next_number(tx, invoice_id=invoice_id)
    transfer = Payment(
        id=new_id(),
        organization_id=owed.organization_id,
        invoice_id=invoice_id,
        method="bank_transfer",
        state="succeeded",
        charge_number=number,
        charge_key=f"transfer:{invoice_id.hex}:{number}",
        amount_nanos=amount_nanos,
        currency=owed.currency,
        reference=reference,
        received_on=received_on,
        recorded_by=str(actor.id),
        created_at=now,
        updated_at=now,
    )
    arrived = settled(transfer, outstanding_nanos=owed.takes_nanos, now=now)
    await payments.insert_once(tx, arrived)
    await tell_collection(tx, arrived, reason=f"{arrived.id.hex}:succeeded")
    await settlement.settle(tx, None, arrived, owed, now=now)
    await audit.append(tx, [_entry(arrived)], actor=actor)
    return arrived


def _check(owed: Receivable, amount_nanos: int, received_on: date, now: datetime) -> None:
    if amount_nanos <= 0:
        raise Invalid("amount: must be above zero")
    if amount_nanos % coin_nanos(owed.currency):
        raise Invalid(f"amount: must be a whole number of the smallest coin of {owed.currency}")
    if amount_nanos > owed.outstanding_nanos:
        left = f"{format_amount(owed.outstanding_nanos)} {owed.currency}"
        raise Invalid(f"amount: only {left} is owed; record that much and return the rest", outstanding=left)
    if received_on > now.date():
        raise Invalid("received_on: lies in the future; record the money once it is there")


def _entry(payment: Payment) -> Entry:
    facts = {
        "invoice": show("in", payment.invoice_id),
        "amount": format_amount(payment.amount_nanos),
        "reference": payment.reference,
        "received_on": str(payment.received_on),
    }
    return Entry("payment.recorded", "payment", show("pay", payment.id), payment.organization_id, after=facts)
