"""What Stripe tells, in any order and any number of times, has one effect."""

import asyncio
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.payments import ChargeOrder
from db import webhooks
from tests.activities.test_payments import PAID
from tests.collecting import House
from tests.owed import Owed, invoice

_CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123", "name": "Alice"}
_REAL = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


async def indebted(house: House, card: str = "pm_card_visa") -> Owed:
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id, card)
    return owed


async def told(house: House) -> list[str]:
    """The names of all signals that were written for processes."""
    rows = await house.rows("select distinct name from intents where kind = 'signal' order by 1")
    return [name for (name,) in rows]


async def test_a_success_that_only_the_webhook_tells_settles_the_invoice(house: House) -> None:
    owed = await indebted(house)
    await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    (payment,) = await house.payments_of(owed)
    await _charged_by_somebody_who_died(house, owed)
    await house.hear()
    assert (await house.receivable(owed)).state == "paid"
    assert await house.books(owed) == PAID
    assert "payment_changed" in await told(house)
    assert payment.stripe_intent_id is None


async def _charged_by_somebody_who_died(house: House, owed: Owed) -> None:
    (payment,) = await house.payments_of(owed)
    ((customer,),) = await house.rows("select stripe_customer_id from billing_profiles")
    await house.stripe.charge(
        customer=customer,
        payment_method=payment.payment_method_id,
        amount_minor=12_000,
        currency="USD",
        invoice_id=owed.shown,
        charge_key=payment.charge_key,
    )


@_REAL
@given(luck=st.randoms(use_true_random=False))
async def test_any_order_and_repetition_of_deliveries_gives_the_same_books(
    house: House, luck: Random
) -> None:
    owed = await indebted(house, "pm_card_authenticationRequired")
    waiting = await house.charge(owed)
    (payment,) = await house.payments_of(owed)
    await _confirm(house, payment.hosted_url)
    stored = await house.deliver()
    for webhook_id in luck.sample(stored * 2, k=len(stored) * 2):
        async with house.database.begin() as tx:
            webhook = await webhooks.get(tx, webhook_id=webhook_id)
        await house.inbox._handlers["stripe"].handle(webhook)
    await house.payments.look(waiting.payment_id)
    assert await house.books(owed) == PAID
    assert (await house.receivable(owed)).state == "paid"
    (after,) = await house.payments_of(owed)
    assert (after.state, after.applied_nanos, after.fee_nanos > 0) == ("succeeded", after.amount_nanos, True)


async def _confirm(house: House, page: str) -> None:
    """The client proves who they are on the bank's page."""
    await house.sandbox.control.post(page, data={"outcome": "approve"})


async def test_handlers_of_the_same_event_at_once_settle_once(house: House) -> None:
    owed = await indebted(house)
    seen = await house.charge(owed)
    stored = await house.deliver()
    async with house.database.begin() as tx:
        events = [await webhooks.get(tx, webhook_id=webhook_id) for webhook_id in stored]
    handler = house.inbox._handlers["stripe"]
    await asyncio.gather(
        *(handler.handle(event) for event in events * 3), house.payments.look(seen.payment_id)
    )
    assert await house.books(owed) == PAID
    assert (await house.letters()).count("receipt") == 1


async def test_events_about_charges_of_others_are_ignored(house: House) -> None:
    customer, method = await house.sandbox.saved()
    await house.sandbox.stripe.v1.payment_intents.create_async(
        {
            "amount": 900,
            "currency": "usd",
            "customer": customer,
            "payment_method": method,
            "confirm": True,
            "off_session": True,
        }
    )
    await house.hear()
    states = await house.rows("select distinct state from webhooks")
    assert states == [("ignored",)]


async def test_a_refund_at_stripe_is_remembered_on_the_payment(house: House) -> None:
    owed = await indebted(house)
    await house.charge(owed)
    (payment,) = await house.payments_of(owed)
    await house.stripe.refund(intent_id=payment.stripe_intent_id or "", idempotency_key="r", amount_minor=500)
    await house.hear()
    (after,) = await house.payments_of(owed)
    assert after.refunded_nanos == 5_000_000_000


async def test_a_dispute_is_remembered_on_the_payment(house: House) -> None:
    owed = await indebted(house, "pm_card_createDispute")
    await house.charge(owed)
    await house.sandbox.do("clock", days=1)
    await house.hear()
    (payment,) = await house.payments_of(owed)
    assert payment.dispute_state == "needs_response"


async def test_a_card_saved_on_stripes_page_is_charged_from_now_on(house: House) -> None:
    owed = await invoice(house.database)
    page = await house.methods.open_page(owed.organization_id)
    answer = await house.sandbox.control.post(page, data=_CARD)
    assert answer.status_code < 400, answer.text
    await house.hear()
    ((label,),) = await house.rows("select payment_method_label from billing_profiles")
    assert label == "Visa •••• 4242"
    assert await told(house) == ["payment_method_changed"]


async def test_a_card_that_was_removed_is_charged_no_more(house: House) -> None:
    owed = await indebted(house)
    await house.hear()
    ((card,),) = await house.rows("select payment_method_id from billing_profiles")
    await house.sandbox.stripe.v1.payment_methods.detach_async(card)
    await house.hear()
    assert await house.rows("select payment_method_id from billing_profiles") == [(None,)]
    assert (await house.collection.read_standing(owed.shown)).card == ""


async def test_the_customer_at_stripe_is_made_once(house: House) -> None:
    owed = await invoice(house.database)
    for _ in range(2):
        await house.methods.open_page(owed.organization_id)
        await house.change("update billing_profiles set stripe_customer_id = null")
    customers = await house.sandbox.stripe.v1.customers.list_async()
    assert len(customers.data) == 1
