"""What is done about an unpaid invoice, from the facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decline import decline_kind
from domain.dunning import Plan, Standing, Step, agenda, decide, failed, taken
from domain.money import NANOS
from domain.payment import PaymentState

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = Plan(dunning_days=(3, 7, 14), started_at=START)
OWED = Standing(
    invoice_id="in_1",
    organization_id="org_1",
    state="finalized",
    outstanding_nanos=100 * NANOS,
    currency="USD",
    due_at=START + 14 * DAY,
    charged_by="card",
)
WITH_CARD = replace(OWED, card="pm_1")
DECLINED = replace(WITH_CARD, tried_card="pm_1", next_number=2)


def walk(standing: Standing, plan: Plan, days: int) -> list[tuple[int, str]]:
    """What is done on which day when nothing changes: `charge` always fails."""
    done: list[tuple[int, str]] = []
    for day in range(days):
        now = START + day * DAY
        while (action := decide(plan, standing, now=now)).kind not in ("wait", "close"):
            step = action.step
            done.append((day, f"{action.kind}:{step.kind}" if step else action.kind))
            plan = taken(plan, standing, step) if step else plan
            if action.kind == "charge":
                standing = replace(standing, tried_card=standing.card)
                plan = failed(plan, now=now)
    return done


def test_a_saved_card_is_charged_first() -> None:
    assert decide(PLAN, WITH_CARD, now=START).kind == "charge"


def test_a_card_that_keeps_failing_is_asked_on_the_dunning_days_and_then_left_alone() -> None:
    assert walk(WITH_CARD, PLAN, 60) == [
        (0, "charge"),
        (3, "charge:dunning"),
        (7, "charge:dunning"),
        (14, "perform:past_due"),
        (14, "charge:final_notice"),
    ]


def test_without_a_card_letters_follow_the_due_date() -> None:
    assert walk(OWED, PLAN, 60) == [
        (0, "perform:instructions"),
        (13, "perform:reminder"),
        (14, "perform:past_due"),
        (17, "perform:dunning"),
        (21, "perform:dunning"),
        (28, "perform:final_notice"),
    ]


def test_a_card_refused_for_good_is_not_asked_again() -> None:
    lost = replace(DECLINED, refused_cards=("pm_1",))
    assert [what for _, what in walk(lost, failed(PLAN, now=START), 60) if what.startswith("charge")] == []


def test_another_card_is_charged_at_once() -> None:
    renewed = replace(DECLINED, card="pm_2", refused_cards=("pm_1",))
    assert decide(failed(PLAN, now=START), renewed, now=START + DAY).kind == "charge"


def test_who_pays_by_transfer_is_charged_only_when_they_ask() -> None:
    transfer = replace(WITH_CARD, charged_by="bank_transfer")
    assert (
        decide(taken(PLAN, transfer, Step(kind="instructions", at=START)), transfer, now=START).kind == "wait"
    )
    assert decide(replace(PLAN, charge_wanted=True), transfer, now=START).kind == "charge"


@pytest.mark.parametrize(("under_way", "kind"), [("created", "resolve"), ("processing", "resolve")])
def test_a_charge_under_way_is_resolved_before_anything_else(under_way: PaymentState, kind: str) -> None:
    for standing in (WITH_CARD, replace(WITH_CARD, state="void"), replace(WITH_CARD, outstanding_nanos=0)):
        assert decide(PLAN, replace(standing, under_way=under_way), now=START).kind == kind


def test_a_charge_that_waits_for_the_client_is_given_up_when_it_is_no_longer_needed() -> None:
    waiting = replace(DECLINED, under_way="requires_action")
    plan = failed(PLAN, now=START)
    assert decide(plan, waiting, now=START).kind == "wait"
    for changed in (replace(waiting, state="void"), replace(waiting, card="pm_2")):
        assert decide(plan, changed, now=START).kind == "abandon"


def test_money_beyond_what_was_owed_goes_back_before_the_end() -> None:
    paid = replace(WITH_CARD, state="paid", outstanding_nanos=0)
    assert decide(PLAN, replace(paid, excess_payment_id="pay_1"), now=START).kind == "return_excess"
    assert decide(PLAN, paid, now=START).kind == "close"


def test_after_an_outage_only_the_last_letter_that_is_due_is_sent() -> None:
    late = START + 25 * DAY
    action = decide(replace(PLAN, done=("past_due",)), OWED, now=late)
    assert action.step is not None
    assert action.step.key == "dunning:2"
    plan = taken(PLAN, OWED, action.step)
    assert {"instructions", "reminder", "dunning:1", "dunning:2"} <= set(plan.done)


@given(
    state=st.sampled_from(["paid", "void", "uncollectible"]),
    day=st.integers(0, 100),
    card=st.sampled_from(["", "pm_1"]),
)
def test_a_settled_invoice_is_left_alone_on_any_day(state: str, day: int, card: str) -> None:
    settled = replace(OWED, state=state, card=card)
    assert decide(PLAN, settled, now=START + day * DAY).kind == "close"


@given(days=st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True).map(sorted), card=st.booleans())
def test_every_step_of_any_rule_is_taken_once_and_in_order(days: list[int], card: bool) -> None:
    plan = Plan(dunning_days=tuple(days), started_at=START)
    standing = DECLINED if card else OWED
    done = walk(standing, failed(plan, now=START) if card else plan, 100)
    assert [day for day, _ in done] == sorted(day for day, _ in done)
    assert sum("final_notice" in what for _, what in done) == 1
    assert len(done) == len(agenda(failed(plan, now=START) if card else plan, standing))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_funds", "soft"),
        ("do_not_honor", "soft"),
        ("never_heard_of", "soft"),
        ("lost_card", "hard"),
        ("expired_card", "hard"),
        ("authentication_required", "authentication"),
    ],
)
def test_declines_are_told_apart(code: str, kind: str) -> None:
    assert decline_kind(code) == kind
