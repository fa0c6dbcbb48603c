"""Collecting one invoice, started only where something is due.

A saved card is charged at once, under a key recorded before; a charge whose end is not known is resolved, never made
again. When the bank declines, the client is told why and the card is asked again on the dunning days, unless that is
useless; when the bank wants to hear from the client, they get a link. Where there is no card, they are told how to
pay and reminded. It ends when nothing is owed any more, whoever paid or credited it; it never gives up by itself.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.collection import CollectionSteps
from activities.payments import PaymentSteps
from domain.dunning import Action, Plan, Standing, awaited, decide, next_step
from workflows import policies
from workflows.process import Cancelled, Changed, Status, Waited, refuse

with workflow.unsafe.imports_passed_through():
    from workflows.charging import LONGEST_POLL, Charging

TROUBLE_REST = timedelta(hours=6)


class CollectionInput(BaseModel):
    """Which invoice; `dunning_days` only where the house's rule is not meant. `plan` continues an earlier run."""

    model_config = ConfigDict(frozen=True)

    invoice_id: str
    organization_id: str = ""
    dunning_days: tuple[int, ...] | None = None
    plan: Plan | None = None


class CollectionResult(BaseModel):
    """How it ended: the invoice's state, or `cancelled`."""

    model_config = ConfigDict(frozen=True)

    state: str


class PayNow(BaseModel):
    """Somebody asks to charge the saved card now."""

    model_config = ConfigDict(frozen=True)

    amount_nanos: int


@workflow.defn
class Collection(Charging):
    """See the module."""

    @workflow.init
    def __init__(self, wanted: CollectionInput) -> None:
        plan = wanted.plan or Plan(dunning_days=wanted.dunning_days or (), started_at=workflow.now())
        super().__init__(wanted.invoice_id, organization_id=wanted.organization_id, plan=plan)
        self._wanted = wanted
        self._as_of: datetime | None = None

    @workflow.run
    async def run(self, _wanted: CollectionInput) -> CollectionResult:
        """Decides from the facts, acts, waits; until nothing is owed."""
        try:
            await self._follow_the_rule()
            standing = await self._collect()
        except Cancelled:  # only histories of before have it: a collection ends with its invoice
            self.enter("cancelled")
            return CollectionResult(state="cancelled")
        self.enter(standing.state)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return CollectionResult(state=standing.state)

    @workflow.signal
    def payment_changed(self, _changed: Changed) -> None:
        """A payment moved."""
        self.woken = True

    @workflow.signal
    def payment_method_changed(self, _changed: Changed) -> None:
        """Another card is saved."""
        self.woken = True

    @workflow.signal
    def invoice_changed(self, _changed: Changed) -> None:
        """The invoice was credited, voided, given up or paid."""
        self.woken = True

    @workflow.update
    async def pay_now(self, _wanted: PayNow) -> Status:
        """Charges the saved card without waiting for its day."""
        self.plan = replace(self.plan, charge_wanted=True)
        self.woken = True
        return self.status()

    @pay_now.validator
    def _validate_pay_now(self, _wanted: PayNow) -> None:
        if self.charge_open:
            raise refuse("A charge is under way already")

    async def _follow_the_rule(self) -> None:
        """Takes the house's dunning days, unless the input names its own."""
        if self._wanted.dunning_days is None and self._wanted.plan is None:
            rule = await workflow.execute_activity_method(
                CollectionSteps.collection_policy, summary="the house's dunning days", **policies.DATABASE
            )
            self.plan = replace(self.plan, dunning_days=rule.dunning_days)

    async def _collect(self) -> Standing:
        while True:
            await self.checkpoint()
            standing = await self._read()
            moment, self._as_of = self._as_of or workflow.now(), None
            action = decide(self.plan, standing, now=moment)
            if action.kind == "close":
                return standing
            await self._take(action, standing)
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                await self.checkpoint()  # a pause or a cancellation would not go along
                workflow.continue_as_new(self._wanted.model_copy(update={"plan": self.plan}))

    async def _read(self) -> Standing:
        self.woken = False
        step = CollectionSteps.read_standing
        return await workflow.execute_activity_method(
            step, self.invoice_id, summary="what is owed and how it can be paid", **policies.DATABASE
        )

    async def _take(self, action: Action, standing: Standing) -> None:
        """One action; when the provider refuses our calls, a person has to look before it is tried again."""
        try:
            await self._act(action, standing)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.charge_open = False
            self.trouble(str(error.cause or error), attempts_left=self.charges_left(standing))
            self.acting("staff")
            rest = workflow.now() + TROUBLE_REST
            await self.wait(
                lambda: self.woken, rest, "a person to look at what went wrong", next_step="try again"
            )

    async def _act(self, action: Action, standing: Standing) -> None:
        match action.kind:
            case "charge":
                await self.charge(standing, action.step)
            case "resolve":
                seen = await self.payment_step(
                    PaymentSteps.look, standing.payment_id, "where the charge stands"
                )
                await self.conclude(await self.resolved(seen), standing, None)
            case "abandon":
                await self.payment_step(
                    PaymentSteps.abandon, standing.payment_id, "give up the waiting charge"
                )
            case "return_excess":
                await self.payment_step(
                    PaymentSteps.return_excess, standing.excess_payment_id, "give back what was too much"
                )
            case "perform" if action.step:
                await self.perform(action.step, standing)
            case _:
                await self._rest(action.until, standing)

    async def _rest(self, until: datetime | None, standing: Standing) -> None:
        if standing.under_way == "requires_action":
            await self._await_client(until, standing)
            return
        step = next_step(self.plan, standing)
        self.enter("waiting for payment")
        self.acting("the client", "staff")
        next_kind = step.kind if step else "close when it is paid"
        waited = await self.wait(lambda: self.woken, until, awaited(standing), next_step=next_kind)
        if waited is Waited.SKIPPED and step is not None:
            self._as_of = step.at

    async def _await_client(self, until: datetime | None, standing: Standing) -> None:
        """Until the client has confirmed with their bank; Stripe is asked now and then in case it does not tell."""
        poll_at = workflow.now() + LONGEST_POLL
        self.enter("authentication required")
        self.acting("the client", "staff")
        what = "the client to confirm the payment with their bank"
        await self.wait(lambda: self.woken, min(until or poll_at, poll_at), what, next_step="ask Stripe")
        await self.payment_step(PaymentSteps.look, standing.payment_id, "has the client confirmed")
