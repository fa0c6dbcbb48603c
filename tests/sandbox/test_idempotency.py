"""A key gives one effect: the same request is answered again, another is refused."""

import pytest
import stripe

from tests.stripe_sandbox import API_KEY, Sandbox, charging

_CHARGE = charging()


async def test_the_same_request_is_answered_again_and_charges_once(sandbox: Sandbox) -> None:
    first = await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    again = await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    assert again.to_dict() == first.to_dict()
    assert again.last_response
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len((await sandbox.stripe.v1.charges.list_async()).data) == 1


async def test_the_same_key_with_another_amount_is_refused(sandbox: Sandbox) -> None:
    await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        await sandbox.stripe.v1.payment_intents.create_async(
            charging(amount=901), {"idempotency_key": "charge:1"}
        )


async def test_the_same_key_on_another_address_is_refused(sandbox: Sandbox) -> None:
    await sandbox.stripe.v1.customers.create_async({}, {"idempotency_key": "one"})
    with pytest.raises(stripe.IdempotencyError):
        await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "one"})


async def test_a_decline_is_answered_again_without_asking_the_bank(sandbox: Sandbox) -> None:
    params = charging("pm_card_chargeDeclined")
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await sandbox.stripe.v1.payment_intents.create_async(params, {"idempotency_key": "charge:2"})
    assert len((await sandbox.stripe.v1.payment_intents.list_async()).data) == 1


async def test_a_request_that_failed_validation_leaves_its_key_free(sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer {API_KEY}", "idempotency-key": "free"}
    bad = await sandbox.control.post("/v1/customers", data={"nam": "x"}, headers=headers)
    good = await sandbox.control.post("/v1/customers", data={"name": "x"}, headers=headers)
    assert (bad.status_code, good.status_code) == (400, 200)


async def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox) -> None:
    first = await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    await sandbox.do("clock", days=2)
    later = await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    assert later.id != first.id
