"""A client who wants to pay: what it would cost, and asking the invoice's collection to charge the card now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.collection import standing_of
from activities.settlement import start_collection
from db import audit, intents, invoices, payment_profiles, payments, postings, receivables
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import Conflict, WrongState
from domain.ids import new_id, show
from domain.money import format_amount
from domain.receivable import Receivable


class AmountChanged(Conflict):
    """What is owed is no longer what the payer was shown."""

    code = "amount_changed"


class NoCard(WrongState):
    """No card is saved that could be charged."""

    code = "no_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What paying now would do: charge `amount_nanos` to `card` (a label); empty when there is none to charge.

    `confirm_url` is where the client confirms a charge that waits for them; `by_transfer` says that the client has
    agreed to transfer the money instead.
    """

    owed: Receivable
    card: str
    by_transfer: bool
    under_way: bool
    confirm_url: str

    @property
    def amount_nanos(self) -> int:
        """What would be charged; nothing while another charge is under way."""
        return 0 if self.under_way or not self.owed.open else self.owed.outstanding_nanos


async def offer(tx: Tx, *, invoice_id: UUID) -> Offer:
    """What paying an invoice now would do.

    Raises:
        NotFound: there is no such invoice, or the transaction may not see it.
    """
    owed = await receivables.get(tx, invoice_id=invoice_id)
    profile = await payment_profiles.get(tx, organization_id=owed.organization_id)
    charge = await payments.find_under_way(tx, invoice_id=invoice_id)
    return Offer(
        owed=owed,
        card=profile.payment_method_label if profile.payment_method_id else "",
        by_transfer=profile.collection_method == "bank_transfer",
        under_way=charge is not None,
        confirm_url=charge.hosted_url if charge and charge.state == "requires_action" else "",
    )


async def pay_now(tx: Tx, *, invoice_id: UUID, amount_nanos: int, actor: Actor) -> Offer:
    """Has the invoice's collection charge the saved card now; `amount_nanos` is what the payer agreed to.

    Raises:
        NotFound: there is no such invoice.
        WrongState: nothing is owed, a charge is under way, or the client was not sent the invoice yet.
        AmountChanged: another amount is owed by now.
        NoCard: there is no card to charge, or its bank has refused it for good.
    """
    await receivables.lock(tx, invoice_id=invoice_id)
    (await invoices.get(tx, invoice_id=invoice_id)).require_delivered()
    found = await offer(tx, invoice_id=invoice_id)
    _check(found, amount_nanos)
    if not (await standing_of(tx, found.owed)).chargeable:
        raise NoCard("The bank has refused the saved card for good; save another one first")
    await _ask(tx, found.owed, amount_nanos, actor)
    facts = {"amount": format_amount(amount_nanos), "card": found.card}
    shown = show("in", invoice_id)
    entry = Entry("invoice.pay_now", "invoice", shown, found.owed.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)
    return found


def _check(found: Offer, amount_nanos: int) -> None:
    found.owed.require_open()
    if found.under_way:
        how = f"; confirm it at {found.confirm_url}" if found.confirm_url else "; wait for its end"
        raise WrongState(f"A charge of this invoice is under way{how}", confirm_url=found.confirm_url or None)
    if not found.card:
        raise NoCard("No card is saved; open the page of payment-method-setup first")
    if amount_nanos != found.amount_nanos:
        owed = format_amount(found.amount_nanos)
        raise AmountChanged(
            f"{owed} {found.owed.currency} is owed, not the amount you agreed to", amount=owed
        )


async def _ask(tx: Tx, owed: Receivable, amount_nanos: int, actor: Actor) -> None:
    """The collection runs, and is told; should it have ended it begins again."""
    once, shown = new_id().hex, show("in", owed.invoice_id)
    await start_collection(
        tx, invoice_id=owed.invoice_id, organization_id=owed.organization_id, reason=f"pay:{once}"
    )
    await intents.insert(
        tx,
        key=f"pay-now:{shown}:{once}",
        kind="update",
        workflow="Collection",
        workflow_id=f"collection/{shown}",
        name="pay_now",
        payload={"amount_nanos": amount_nanos},
        organization_id=owed.organization_id,
        actor=actor,
    )


async def give_up(tx: Tx, *, invoice_id: UUID, reason: str, actor: Actor, now: datetime) -> Receivable:
    """Marks an invoice uncollectible, writes off what was owed and ends its collection.

    Money that comes nevertheless still settles it, and is no loss any more.

    Raises:
        NotFound: there is no such invoice.
        WrongState: nothing is owed, or a charge is under way.
    """
    before = await receivables.lock(tx, invoice_id=invoice_id)
    before.require_open()
    charge = await payments.find_under_way(tx, invoice_id=invoice_id)
    if charge is not None and charge.in_flight:
        raise WrongState("A charge of this invoice is under way: its end must be known first")
    after = before.given_up()
    await receivables.save(tx, after)
    await postings.insert(tx, [before.write_off(now)])
    shown = show("in", invoice_id)
    await intents.insert(
        tx,
        key=f"uncollectible:{shown}:{new_id().hex}",
        kind="signal",
        workflow="Collection",
        workflow_id=f"collection/{shown}",
        name="invoice_changed",
        payload={"reason": "uncollectible"},
        organization_id=before.organization_id,
        actor=actor,
    )
    facts = (
        {"state": before.state},
        {
            "state": after.state,
            "reason": reason,
            "written_off": format_amount(before.outstanding_nanos),
        },
    )
    await audit.append(
        tx, [Entry("invoice.uncollectible", "invoice", shown, before.organization_id, *facts)], actor=actor
    )
    return after
