"""A payment's facts and postings are the same whatever order observations come in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotFound
from domain.ids import new_id
from domain.money import NANOS
from domain.payment import Observation, Payment, PaymentState, charge_key, observed, postings_of, settled
from domain.payment_link import payment_token, read_payment_token

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OWED = 100 * NANOS
SEEN = [
    Observation(state="requires_action", intent_id="pi_1", hosted_url="https://bank"),
    Observation(state="processing", intent_id="pi_1", charge_id="ch_1"),
    Observation(state="failed", intent_id="pi_1", charge_id="ch_0", decline_code="insufficient_funds"),
    Observation(state="succeeded", intent_id="pi_1", charge_id="ch_1", fee_nanos=3 * NANOS),
]


def payment(amount_nanos: int = OWED) -> Payment:
    invoice_id = new_id()
    return Payment(
        id=new_id(),
        organization_id=new_id(),
        invoice_id=invoice_id,
        method="card",
        state="created",
        charge_number=1,
        charge_key=charge_key(invoice_id, 1),
        amount_nanos=amount_nanos,
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
    )


def after(found: Payment, seen: list[Observation], *, owed: int = OWED) -> Payment:
    """The payment after observations, settled at the first success."""
    for number, observation in enumerate(seen):
        now = NOW + timedelta(seconds=number)
        found = observed(found, observation, now=now)
        if found.state == "succeeded":
            found = settled(found, outstanding_nanos=owed, now=NOW)
    return found


def moves(found: Payment) -> list[tuple[str, str, int]]:
    return [(p.debit, p.credit, p.amount_nanos) for p in postings_of(found)]


@given(order=st.lists(st.sampled_from(SEEN), max_size=8), rest=st.permutations(SEEN))
def test_any_order_and_repetition_ends_in_the_same_books(
    order: list[Observation], rest: list[Observation]
) -> None:
    start = payment()
    found = after(start, [*order, *rest])
    assert moves(found) == moves(after(start, SEEN))
    assert (found.state, found.stripe_charge_id, found.fee_nanos) == ("succeeded", "ch_1", 3 * NANOS)


@pytest.mark.parametrize("later", ["created", "processing", "requires_action", "failed", "cancelled"])
def test_nothing_undoes_a_success(later: PaymentState) -> None:
    paid = after(payment(), [SEEN[3]])
    assert after(paid, [Observation(state=later, intent_id="pi_1")]) == paid


def test_a_failed_charge_may_still_succeed_on_the_hosted_page() -> None:
    assert after(payment(), [SEEN[2], SEEN[3]]).state == "succeeded"


def test_a_repeated_observation_changes_nothing() -> None:
    for order in permutations(SEEN[:3]):
        found = after(payment(), list(order))
        assert after(found, list(order)) == found


def test_a_fee_that_is_known_later_is_added() -> None:
    early = Observation(state="succeeded", intent_id="pi_1", charge_id="ch_1")
    assert moves(after(payment(), [early, SEEN[3]])) == moves(after(payment(), [SEEN[3]]))


@given(amount=st.integers(1, 10**15), owed=st.integers(0, 10**15), back=st.booleans())
def test_what_arrives_is_applied_or_owed_back_to_the_nano(amount: int, owed: int, back: bool) -> None:
    found = after(payment(amount), [Observation(state="succeeded")], owed=owed)
    assert found.applied_nanos + found.excess_nanos == amount
    assert found.applied_nanos <= owed
    cash = sum(p.amount_nanos for p in postings_of(found) if p.debit == "cash:stripe")
    assert cash == amount


def test_an_unsettled_payment_posts_nothing() -> None:
    assert postings_of(after(payment(), SEEN[:3])) == []


def test_a_payment_link_names_its_invoice_and_cannot_be_made_up() -> None:
    invoice_id = new_id()
    token = payment_token(invoice_id, "secret")
    assert read_payment_token(token, "secret") == invoice_id
    for wrong in (payment_token(invoice_id, "other"), token[:-1], "x", "", "ä"):
        with pytest.raises(NotFound):
            read_payment_token(wrong, "secret")
