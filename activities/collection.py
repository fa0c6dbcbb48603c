"""Steps of collecting an invoice: read where it stands, mark it past due, write the letter that is due."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.payment_letters import PaymentLetters
from db import audit, organizations, payment_profiles, payments, receivables
from db.engine import Database, Tx
from domain.audit import Entry
from domain.decline import decline_kind
from domain.dunning import Standing
from domain.ids import read, show
from domain.payment import Payment
from domain.receivable import Receivable

LetterKind = Literal[
    "instructions", "reminder", "dunning", "final_notice", "payment_failed", "authentication_required"
]


class LetterOrder(BaseModel):
    """Which letter about which invoice; `number` counts the dunning letters, `letters` is how many there are.

    `payment_id` names the charge a letter is about, `next_attempt_at` when the card is asked again.
    """

    model_config = ConfigDict(frozen=True)

    invoice_id: str
    kind: LetterKind
    number: int = 0
    letters: int = 0
    payment_id: str = ""
    next_attempt_at: datetime | None = None


class CollectionPolicy(BaseModel):
    """The house's rule: on which days after the first failure, or after the due date, letters follow."""

    model_config = ConfigDict(frozen=True)

    dunning_days: tuple[int, ...]


class CollectionSteps:
    """One method per step; each may be repeated without a second effect."""

    def __init__(self, database: Database, letters: PaymentLetters, dunning_days: tuple[int, ...]) -> None:
        self._database = database
        self._letters = letters
        self._dunning_days = dunning_days

    @activity.defn
    async def collection_policy(self) -> CollectionPolicy:
        """The rule in force now; a collection keeps the one it began with."""
        return CollectionPolicy(dunning_days=self._dunning_days)

    @activity.defn
    async def read_standing(self, invoice_id: str) -> Standing:
        """Where an invoice stands; changes nothing."""
        async with self._database.begin() as tx:
            owed = await receivables.get(tx, invoice_id=read("in", invoice_id))
            return await standing_of(tx, owed)

    @activity.defn
    async def mark_past_due(self, invoice_id: str) -> None:
        """An open invoice is past due; one that was marked or settled stays as it is."""
        async with self._database.begin() as tx:
            before = await receivables.lock(tx, invoice_id=read("in", invoice_id))
            after = before.overdue()
            if after == before:
                return
            await receivables.save(tx, after)
            states = {"state": before.state}, {"state": after.state}
            entry = Entry("invoice.past_due", "invoice", invoice_id, before.organization_id, *states)
            await audit.append(tx, [entry])

    @activity.defn
    async def send_letter(self, order: LetterOrder) -> None:
        """The letter is in the outbox, once for its reason; none about an invoice that was settled meanwhile.

        Key: the letter's kind with the invoice and its number, or with the payment.
        """
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            owed = await receivables.get(tx, invoice_id=read("in", order.invoice_id))
            if not owed.open:
                return
            if order.payment_id:
                payment = await payments.get(tx, payment_id=read("pay", order.payment_id))
                await self._about_payment(tx, order, payment, owed, now)
                return
            await self._about_invoice(tx, order, owed, now)

    async def _about_payment(
        self, tx: Tx, order: LetterOrder, payment: Payment, owed: Receivable, now: datetime
    ) -> None:
        if order.kind == "authentication_required":
            await self._letters.authenticate(tx, payment, owed, now=now)
            return
        next_attempt_at = order.next_attempt_at
        await self._letters.failed(tx, payment, owed, next_attempt_at=next_attempt_at, now=now)

    async def _about_invoice(self, tx: Tx, order: LetterOrder, owed: Receivable, now: datetime) -> None:
        if order.kind == "instructions":
            await self._letters.instructions(tx, owed, now=now)
        elif order.kind == "final_notice":
            await self._letters.final_notice(tx, owed, now=now)
        else:
            # The friendly one on the due day is the first; dunning letters count on from it.
            step = order.number + 1
            await self._letters.reminder(tx, owed, step=step, steps=max(order.letters, step), now=now)


async def standing_of(tx: Tx, owed: Receivable) -> Standing:
    """The facts that decide what is done next."""
    profile = await payment_profiles.get(tx, organization_id=owed.organization_id)
    organization = await organizations.get(tx, organization_id=owed.organization_id)
    made = await payments.list_of_invoice(tx, invoice_id=owed.invoice_id)
    charges = [payment for payment in made if payment.method == "card"]
    under_way = next((payment for payment in charges if payment.under_way), None)
    hard = {
        p.payment_method_id for p in charges if p.state == "failed" and decline_kind(p.decline_code) == "hard"
    }
    too_much = next((payment for payment in charges if payment.excess_nanos), None)
    return Standing(
        invoice_id=show("in", owed.invoice_id),
        organization_id=show("org", owed.organization_id),
        state=owed.state,
        outstanding_nanos=owed.outstanding_nanos,
        currency=owed.currency,
        due_at=_due_at(owed, ZoneInfo(organization.time_zone)),
        charged_by=profile.collection_method,
        card=profile.payment_method_id or "",
        tried_card=charges[-1].payment_method_id if charges else "",
        refused_cards=tuple(sorted(hard)),
        next_number=made[-1].charge_number + 1 if made else 1,
        under_way=under_way.state if under_way else None,
        payment_id=show("pay", under_way.id) if under_way else "",
        excess_payment_id=show("pay", too_much.id) if too_much else "",
    )


def _due_at(owed: Receivable, zone: ZoneInfo) -> datetime:
    """The end of the day an invoice is due, in the client's zone; without such a day, when it became final."""
    if owed.due_on is None:
        return owed.finalized_at or datetime.now(UTC)
    return datetime.combine(owed.due_on + timedelta(days=1), time(), zone).astimezone(UTC)
