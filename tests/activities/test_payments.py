"""Charges: recorded before they are made, made once whatever breaks, posted once whatever is told."""

import pytest

from activities.payments import ChargeOrder
from gateways.errors import Unavailable
from tests.collecting import House
from tests.owed import Owed, invoice

PAID = [("cash:stripe", "receivable:billed", 12_000), ("fees:stripe", "cash:stripe", 378)]


@pytest.fixture
async def owed(house: House) -> Owed:
    """120 dollars owed by an organization with a good card."""
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id)
    return owed


async def test_a_charge_settles_the_invoice_posts_and_thanks(house: House, owed: Owed) -> None:
    assert (await house.charge(owed)).state == "succeeded"
    assert (await house.receivable(owed)).state == "paid"
    assert await house.books(owed) == PAID
    assert await house.letters() == ["receipt"]


async def test_every_step_may_be_repeated(house: House, owed: Owed) -> None:
    first = await house.charge(owed)
    for step in (
        house.payments.charge,
        house.payments.look,
        house.payments.abandon,
        house.payments.return_excess,
    ):
        assert await step(first.payment_id) == first
    assert await house.charge(owed) == first
    assert await house.charges_at_stripe() == 1
    assert await house.books(owed) == PAID
    assert await house.letters() == ["receipt"]


@pytest.mark.parametrize("fault", ["timeout_after", "server_error_after", "timeout_before", "server_error"])
async def test_a_lost_answer_never_charges_twice(house: House, owed: Owed, fault: str) -> None:
    begun = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    await house.sandbox.do("faults", kind=fault, path="/v1/payment_intents")
    with pytest.raises(Unavailable):
        await house.payments.charge(begun.payment_id)
    assert (await house.payments.charge(begun.payment_id)).state == "succeeded"
    assert await house.charges_at_stripe() == 1
    assert await house.books(owed) == PAID


async def test_only_one_charge_of_an_invoice_is_under_way(house: House, owed: Owed) -> None:
    first = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    second = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=2))
    assert first == second
    assert len(await house.payments_of(owed)) == 1


async def test_nothing_is_charged_on_a_settled_invoice(house: House, owed: Owed) -> None:
    await house.change("update invoices set state = 'void' where id = :id", id=owed.invoice_id)
    begun = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    assert (begun.payment_id, await house.payments_of(owed)) == ("", [])


@pytest.mark.parametrize("code", ["insufficient_funds", "lost_card", "expired_card", "generic_decline"])
async def test_a_decline_is_recorded_with_the_banks_reason(house: House, owed: Owed, code: str) -> None:
    ((card,),) = await house.rows("select payment_method_id from billing_profiles")
    await house.change_card(card, code)
    seen = await house.charge(owed)
    assert (seen.state, seen.decline_code) == ("failed", code)
    assert (await house.receivable(owed)).state == "finalized"
    assert await house.books(owed) == []


async def test_when_the_bank_asks_for_the_client_the_payment_waits_with_a_link(house: House) -> None:
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id, "pm_card_authenticationRequired")
    assert (await house.charge(owed)).state == "requires_action"
    (payment,) = await house.payments_of(owed)
    assert payment.hosted_url.startswith(house.sandbox.url)


async def test_a_waiting_charge_can_be_given_up(house: House) -> None:
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id, "pm_card_authenticationRequired")
    waiting = await house.charge(owed)
    assert (await house.payments.abandon(waiting.payment_id)).state == "cancelled"
    assert (await house.payments.abandon(waiting.payment_id)).state == "cancelled"


async def test_money_that_came_too_late_goes_back(house: House, owed: Owed) -> None:
    begun = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    await house.change(
        "update invoices set amount_credited_nanos = 100000000000 where id = :id", id=owed.invoice_id
    )
    await house.payments.charge(begun.payment_id)
    for _ in range(2):
        await house.payments.return_excess(begun.payment_id)
    await house.hear()
    assert await house.books(owed) == [
        ("cash:stripe", "receivable:billed", 2_000),
        ("cash:stripe", "refunds", 10_000),
        ("refunds", "cash:stripe", 10_000),
        ("fees:stripe", "cash:stripe", 378),
    ]
    refunds = await house.sandbox.stripe.v1.refunds.list_async()
    assert [refund.amount for refund in refunds.data] == [10_000]
    assert (await house.receivable(owed)).state == "paid"


async def test_what_somebody_gave_back_before_is_not_given_back_twice(house: House, owed: Owed) -> None:
    begun = await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    await house.change(
        "update invoices set amount_credited_nanos = 100000000000 where id = :id", id=owed.invoice_id
    )
    await house.payments.charge(begun.payment_id)
    (payment,) = await house.payments_of(owed)
    await house.stripe.refund(
        intent_id=payment.stripe_intent_id or "", idempotency_key="hand", amount_minor=3_000
    )
    await house.hear()
    for _ in range(2):
        await house.payments.return_excess(begun.payment_id)
    refunds = await house.sandbox.stripe.v1.refunds.list_async()
    assert sorted(refund.amount for refund in refunds.data) == [3_000, 7_000]
    assert ("refunds", "cash:stripe", 10_000) in await house.books(owed)
    assert (await house.collection.read_standing(owed.shown)).excess_payment_id == ""
