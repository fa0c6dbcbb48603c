"""How an unpaid invoice is collected: what to do next, decided from the facts alone.

Money is asked of a saved card first. When that fails, or where there is no card, letters follow on the dunning
days and the card is asked again with each of them, unless the bank's reason makes that useless. The last letter is
the final notice. Nothing gives an invoice up by itself: that is for a person.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from domain.payment import PaymentState

StepKind = Literal["instructions", "reminder", "past_due", "dunning", "final_notice"]
ActionKind = Literal["close", "resolve", "abandon", "return_excess", "charge", "perform", "wait"]
OPEN_STATES = frozenset({"finalized", "past_due"})

REMIND_BEFORE_DUE = timedelta(days=1)
# Whoever changes something tells the collection, and what is told is never lost; this is for what nobody told.
RECHECK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of an invoice now.

    `due_at` is the end of the day it is due in the client's zone. `card` is the saved one (a Stripe id) or empty;
    `tried_card` the one charged last; `next_number` the
    number of the next charge; `refused_cards` those that a bank refused for good; `under_way` the state of
    a charge that may still take the money (`payment_id`), if there is one; `excess_payment_id` a payment of which
    more arrived than was owed.
    """

    invoice_id: str
    organization_id: str
    state: str
    outstanding_nanos: int
    currency: str
    due_at: datetime
    charged_by: Literal["card", "bank_transfer"]
    card: str = ""
    tried_card: str = ""
    refused_cards: tuple[str, ...] = ()
    next_number: int = 1
    under_way: PaymentState | None = None
    payment_id: str = ""
    excess_payment_id: str = ""

    @property
    def closed(self) -> bool:
        """True when nothing is left to collect: paid, credited, void or given up."""
        return self.state not in OPEN_STATES or self.outstanding_nanos <= 0

    @property
    def chargeable(self) -> bool:
        """True when there is a card that it makes sense to charge."""
        return bool(self.card) and self.card not in self.refused_cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a collection remembers of what it did.

    `anchor_at` is where the dunning days count from: the first failed charge, or the due date where there is no
    card. `done` names the steps taken. `charge_wanted` is set when a person said: pay now.
    """

    dunning_days: tuple[int, ...]
    started_at: datetime
    anchor_at: datetime | None = None
    done: tuple[str, ...] = ()
    charge_wanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do at its time; `number` counts the dunning letters from one."""

    kind: StepKind
    at: datetime
    number: int = 0

    @property
    def key(self) -> str:
        """Its name among the steps of one collection."""
        return f"{self.kind}:{self.number}" if self.number else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What to do now: with `step`, that step is thereby taken; `until` is how long to wait at most."""

    kind: ActionKind
    step: Step | None = None
    until: datetime | None = None


def agenda(plan: Plan, standing: Standing) -> list[Step]:
    """Every step of a collection in the order of time, taken or not."""
    anchor = plan.anchor_at or max(standing.due_at, plan.started_at)
    steps = [Step(kind="past_due", at=standing.due_at)]
    if plan.anchor_at is None:
        steps += _before_due(plan, standing)
    last = len(plan.dunning_days)
    for number, days in enumerate(plan.dunning_days, start=1):
        kind: StepKind = "final_notice" if number == last else "dunning"
        steps.append(Step(kind=kind, at=anchor + timedelta(days=days), number=number))
    return sorted(steps, key=lambda step: (step.at, step.kind))


def _before_due(plan: Plan, standing: Standing) -> list[Step]:
    """What is sent where no card was charged: how to pay, and a friendly reminder on the day it is due."""
    steps = [Step(kind="instructions", at=plan.started_at)]
    reminder_at = standing.due_at - REMIND_BEFORE_DUE
    if reminder_at > plan.started_at:
        steps.append(Step(kind="reminder", at=reminder_at))
    return steps


def next_step(plan: Plan, standing: Standing) -> Step | None:
    """The step that comes next, due or not, unless all are taken."""
    return next((step for step in agenda(plan, standing) if step.key not in plan.done), None)


def awaited(standing: Standing) -> str:
    """What a collection at rest waits for, in words."""
    if standing.charged_by == "bank_transfer":
        return "the client's transfer"
    return "another card, or the next try" if standing.chargeable else "a card that can be charged"


def decide(plan: Plan, standing: Standing, *, now: datetime) -> Action:
    """The next thing to do."""
    if standing.under_way in ("created", "processing"):
        return Action(kind="resolve")
    new_card = standing.chargeable and standing.card != standing.tried_card
    if standing.under_way == "requires_action":
        if not standing.closed and not new_card:
            return _by_agenda(plan, standing, now=now)
        return Action(kind="abandon")
    if standing.excess_payment_id:
        return Action(kind="return_excess")
    if standing.closed:
        return Action(kind="close")
    if standing.chargeable and (plan.charge_wanted or (standing.charged_by == "card" and new_card)):
        return Action(kind="charge")
    return _by_agenda(plan, standing, now=now)


def _by_agenda(plan: Plan, standing: Standing, *, now: datetime) -> Action:
    """A due step, with another charge where that may help; else the wait for the next one."""
    left = [step for step in agenda(plan, standing) if step.key not in plan.done]
    due = [step for step in left if step.at <= now]
    if not due:
        return Action(kind="wait", until=min([now + RECHECK, *(step.at for step in left)]))
    # After an outage several letters may be due: only the last of them is worth sending.
    step = next((s for s in due if s.kind == "past_due"), due[-1])
    asks_again = step.kind in ("dunning", "final_notice") and standing.charged_by == "card"
    if asks_again and standing.chargeable and standing.under_way is None:
        return Action(kind="charge", step=step)
    return Action(kind="perform", step=step)


def taken(plan: Plan, standing: Standing, step: Step) -> Plan:
    """The plan with a step behind it, and with it every earlier letter that its letter makes needless."""
    before = [
        other.key for other in agenda(plan, standing) if other.kind != "past_due" and other.at < step.at
    ]
    return _done(plan, [step.key] if step.kind == "past_due" else [*before, step.key])


def failed(plan: Plan, *, now: datetime) -> Plan:
    """The plan after a charge did not bring the money: the dunning days count from the first time."""
    return replace(plan, anchor_at=plan.anchor_at or now, charge_wanted=False)


def _done(plan: Plan, keys: list[str]) -> Plan:
    return replace(plan, done=tuple(dict.fromkeys([*plan.done, *keys])))
