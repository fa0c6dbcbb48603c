"""What a collection does with a charge: make it once, see it to its end, and tell the client when it failed."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from temporalio import workflow
from typing_extensions import override

from activities.collection import CollectionSteps, LetterKind, LetterOrder
from activities.payments import ChargeOrder, PaymentSeen, PaymentSteps
from domain.decline import decline_kind
from domain.dunning import Plan, Standing, Step, agenda, failed, taken
from workflows import policies
from workflows.process import Steering

FIRST_POLL = timedelta(minutes=1)
LONGEST_POLL = timedelta(hours=6)


class Charging(Steering):
    """The charges of one invoice; `plan` is what its collection remembers."""

    def __init__(self, invoice_id: str, *, organization_id: str, plan: Plan) -> None:
        super().__init__("collection", organization_id=organization_id, subject=invoice_id)
        self.invoice_id = invoice_id
        self.plan = plan
        self.woken = False
        self.charge_open = False

    @override
    def refusal_to_cancel(self) -> str:
        """While money is owed the proofs would begin it again: what ends it is what becomes of the invoice."""
        return "It ends with its invoice: give that up, credit it, or pause the collection"

    async def perform(self, step: Step, standing: Standing) -> None:
        """Takes a step that needs no charge: marks the invoice, or writes the letter."""
        self.enter(step.kind)
        if step.kind == "past_due":
            await workflow.execute_activity_method(
                CollectionSteps.mark_past_due,
                self.invoice_id,
                summary="the due date has passed",
                **policies.DATABASE,
            )
        else:
            await self.write(step.kind, number=step.number)
        self.plan = taken(self.plan, standing, step)

    async def charge(self, standing: Standing, step: Step | None) -> None:
        """Records a charge, makes it, waits until its end is known, and tells the client if it failed."""
        self.enter("charging", next_step="record what came of it")
        self.charge_open = True
        order = ChargeOrder(invoice_id=self.invoice_id, number=standing.next_number)
        seen = await workflow.execute_activity_method(
            PaymentSteps.begin_charge, order, summary=f"record charge {order.number}", **policies.DATABASE
        )
        if seen.payment_id:
            seen = await self.payment_step(PaymentSteps.charge, seen.payment_id, f"charge {order.number}")
            seen = await self.resolved(seen)
        self.charge_open = False
        await self.conclude(seen, standing, step)

    async def resolved(self, seen: PaymentSeen) -> PaymentSeen:
        """The payment once its end is known; told by the webhook, or asked for at growing intervals."""
        self.charge_open, pause = True, FIRST_POLL
        while seen.state in ("created", "processing"):
            self.woken = False
            until = workflow.now() + pause
            await self.wait(lambda: self.woken, until, "the charge to end", next_step="ask Stripe")
            seen = await self.payment_step(PaymentSteps.look, seen.payment_id, "where the charge stands")
            pause = min(pause * 2, LONGEST_POLL)
        self.charge_open = False
        return seen

    async def conclude(self, seen: PaymentSeen, standing: Standing, step: Step | None) -> None:
        """What follows a charge: nothing when it succeeded, else a letter, and the dunning days begin to count."""
        if step is not None:
            self.plan = taken(self.plan, standing, step)
        if not seen.payment_id or seen.state == "succeeded":
            self.trouble("")
            return
        self.trouble(declined(seen), attempts_left=self.charges_left(standing))
        self.plan = failed(self.plan, now=workflow.now())
        if seen.state == "requires_action":
            await self.write("authentication_required", payment_id=seen.payment_id)
        elif step is not None and step.kind == "final_notice":
            await self.write("final_notice", number=step.number)
        elif seen.state == "failed":
            await self.write(
                "payment_failed", payment_id=seen.payment_id, next_at=self._asked_again(seen, standing)
            )

    def charges_left(self, standing: Standing) -> int:
        """How many times the card will be asked again by itself."""
        left = [
            step for step in agenda(self.plan, standing) if step.number and step.key not in self.plan.done
        ]
        return len(left) if standing.charged_by == "card" else 0

    def _asked_again(self, seen: PaymentSeen, standing: Standing) -> datetime | None:
        """When the card is asked again, if that can help."""
        if decline_kind(seen.decline_code) == "hard" or standing.charged_by != "card":
            return None
        letters = (s for s in agenda(self.plan, standing) if s.number and s.key not in self.plan.done)
        return next((step.at for step in letters), None)

    async def write(
        self, kind: LetterKind, *, number: int = 0, payment_id: str = "", next_at: datetime | None = None
    ) -> None:
        """Writes a letter; `next_at` is when the card is asked again."""
        order = LetterOrder(
            invoice_id=self.invoice_id,
            kind=kind,
            number=number,
            letters=len(self.plan.dunning_days),
            payment_id=payment_id,
            next_attempt_at=next_at,
        )
        await workflow.execute_activity_method(
            CollectionSteps.send_letter, order, summary=kind.replace("_", " "), **policies.DATABASE
        )

    async def payment_step(
        self, step: Callable[[PaymentSteps, str], Awaitable[PaymentSeen]], payment_id: str, summary: str
    ) -> PaymentSeen:
        """One step on a payment at the provider."""
        return await workflow.execute_activity_method(step, payment_id, summary=summary, **policies.STRIPE)


def declined(seen: PaymentSeen) -> str:
    """What went wrong with a charge; nothing while its client can still confirm it."""
    if seen.state == "requires_action":
        return ""
    return f"the bank declined: {seen.decline_code}" if seen.decline_code else f"the charge is {seen.state}"
