"""Every published test card and bank account behaves as published."""

from typing import Any

import pytest
import stripe
from stripe.params import PaymentIntentCreateParams

from sandbox.cards import BEHAVIOURS, CARDS
from tests.stripe_sandbox import Sandbox, charging

_DECLINED = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000006975": ("card_declined", "card_velocity_exceeded"),
    "4100000000000019": ("card_declined", "fraudulent"),
    "4000000000000069": ("expired_card", None),
    "4000000000000127": ("incorrect_cvc", None),
    "4000000000000119": ("processing_error", None),
}
_SUCCEEDING = [
    card.number
    for card in CARDS
    if BEHAVIOURS[card.behaviour].decline is None and BEHAVIOURS[card.behaviour].authentication == "never"
]


def _charge(customer: str | None, method: str) -> PaymentIntentCreateParams:
    return charging(method, 2500, customer)


async def _method(sandbox: Sandbox, number: str) -> str:
    made = await sandbox.stripe.v1.payment_methods.create_async(
        {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
    )
    return made.id


async def _refusal(sandbox: Sandbox, customer: str | None, method: str) -> dict[str, Any]:
    with pytest.raises(stripe.CardError) as caught:
        await sandbox.stripe.v1.payment_intents.create_async(_charge(customer, method))
    answered: Any = caught.value.json_body
    return answered["error"]


@pytest.mark.parametrize("number", _SUCCEEDING)
async def test_a_good_card_pays(sandbox: Sandbox, number: str) -> None:
    intent = await sandbox.stripe.v1.payment_intents.create_async(
        _charge(None, await _method(sandbox, number))
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 2500)


@pytest.mark.parametrize(("number", "codes"), _DECLINED.items())
async def test_a_bad_card_is_declined_with_its_code_and_the_attempt_stays(
    sandbox: Sandbox, number: str, codes: tuple[str, str | None]
) -> None:
    body = await _refusal(sandbox, None, await _method(sandbox, number))
    assert (body["code"], body.get("decline_code")) == codes
    charge = await sandbox.stripe.v1.charges.retrieve_async(body["charge"])
    assert (charge.status, charge.failure_code) == ("failed", codes[0])
    intent = await sandbox.stripe.v1.payment_intents.retrieve_async(body["payment_intent"]["id"])
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)


async def test_a_card_that_declines_cannot_be_saved(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.CardError, match="insufficient funds"):
        await sandbox.saved("pm_card_chargeDeclinedInsufficientFunds")


async def test_the_card_that_declines_once_saved_is_saved_and_declines(sandbox: Sandbox) -> None:
    customer, method = await sandbox.saved("pm_card_chargeCustomerFail")
    assert (await _refusal(sandbox, customer, method))["code"] == "card_declined"


async def test_a_number_that_is_no_test_card_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.CardError, match="number is incorrect"):
        await _method(sandbox, "4929000000006")


async def test_a_saved_card_may_run_dry_and_recover(sandbox: Sandbox) -> None:
    customer, method = await sandbox.saved()
    await sandbox.do(f"payment_methods/{method}", behaviour="insufficient_funds")
    assert (await _refusal(sandbox, customer, method))["decline_code"] == "insufficient_funds"
    await sandbox.do(f"payment_methods/{method}", behaviour="succeeds")
    intent = await sandbox.stripe.v1.payment_intents.create_async(_charge(customer, method))
    assert intent.status == "succeeded"


async def test_a_saved_card_expires_as_time_passes(sandbox: Sandbox) -> None:
    customer, method = await sandbox.saved()
    await sandbox.do("clock", days=7 * 366)
    assert (await _refusal(sandbox, customer, method))["code"] == "expired_card"


@pytest.mark.parametrize("alias", ["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"])
async def test_a_card_that_wants_its_owner_declines_while_they_are_away(sandbox: Sandbox, alias: str) -> None:
    customer, method = await sandbox.saved(alias)
    error = await _refusal(sandbox, customer, method)
    assert error["code"] == "authentication_required"
    assert error["payment_intent"]["status"] == "requires_payment_method"


async def test_a_disputed_card_pays_and_is_disputed_a_moment_later(sandbox: Sandbox) -> None:
    customer, method = await sandbox.saved("pm_card_createDispute")
    intent = await sandbox.stripe.v1.payment_intents.create_async(_charge(customer, method))
    await sandbox.do("clock", seconds=2)
    disputes = await sandbox.stripe.v1.disputes.list_async({"payment_intent": intent.id})
    assert [(d.reason, d.status, d.amount) for d in disputes.data] == [("fraudulent", "needs_response", 2500)]


async def test_a_card_of_another_customer_cannot_be_charged(sandbox: Sandbox) -> None:
    _, method = await sandbox.saved()
    charlie = await sandbox.stripe.v1.customers.create_async({"name": "Charlie"})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to another Customer"):
        await sandbox.stripe.v1.payment_intents.create_async(_charge(charlie.id, method))
