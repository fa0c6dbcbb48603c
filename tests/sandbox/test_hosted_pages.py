"""The pages a person sees: authentication at the bank, saving a card, and the sandbox's own."""

import httpx
import pytest

from tests.stripe_sandbox import Sandbox, charging

_BACK = "http://127.0.0.1:8000/back?invoice=in_1"
_CARD = {"exp_month": "12", "exp_year": "34", "cvc": "123", "name": "Alice"}


async def _waiting(sandbox: Sandbox, alias: str = "pm_card_authenticationRequired") -> tuple[str, str]:
    customer, method = await sandbox.saved(alias)
    intent = await sandbox.stripe.v1.payment_intents.create_async(
        {
            "amount": 5000,
            "currency": "usd",
            "customer": customer,
            "payment_method": method,
            "confirm": True,
            "return_url": _BACK,
        }
    )
    assert intent.next_action
    assert intent.next_action.redirect_to_url
    return intent.id, str(intent.next_action.redirect_to_url.url)


@pytest.mark.parametrize(
    ("outcome", "status", "result"),
    [("approve", "succeeded", "succeeded"), ("refuse", "requires_payment_method", "failed")],
)
async def test_the_banks_page_settles_the_payment_and_leads_back(
    sandbox: Sandbox, outcome: str, status: str, result: str
) -> None:
    intent_id, page = await _waiting(sandbox)
    assert "50.00 USD" in (await sandbox.control.get(page)).text
    answer = await sandbox.control.post(page, data={"outcome": outcome})
    assert answer.headers["location"].startswith(f"{_BACK}&payment_intent={intent_id}&")
    assert answer.headers["location"].endswith(f"redirect_status={result}")
    assert (await sandbox.stripe.v1.payment_intents.retrieve_async(intent_id)).status == status


async def test_pressing_the_button_twice_charges_once(sandbox: Sandbox) -> None:
    _, page = await _waiting(sandbox)
    for _ in range(2):
        await sandbox.control.post(page, data={"outcome": "approve"})
    assert len((await sandbox.stripe.v1.charges.list_async()).data) == 1


async def test_the_bank_may_decline_after_the_owner_approved(sandbox: Sandbox) -> None:
    intent_id, page = await _waiting(sandbox, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    await sandbox.control.post(page, data={"outcome": "approve"})
    intent = await sandbox.stripe.v1.payment_intents.retrieve_async(intent_id)
    assert intent.last_payment_error
    assert (intent.status, intent.last_payment_error.decline_code) == (
        "requires_payment_method",
        "insufficient_funds",
    )


async def test_a_payment_that_was_given_up_cannot_be_approved(sandbox: Sandbox) -> None:
    intent_id, page = await _waiting(sandbox)
    await sandbox.stripe.v1.payment_intents.cancel_async(intent_id, {"cancellation_reason": "abandoned"})
    await sandbox.control.post(page, data={"outcome": "approve"})
    assert "canceled" in (await sandbox.control.get(page)).text
    assert (await sandbox.stripe.v1.charges.list_async()).data == []


async def test_a_guessed_secret_opens_no_page(sandbox: Sandbox) -> None:
    intent_id, _ = await _waiting(sandbox)
    assert (await sandbox.control.get(f"/sandbox/authenticate/{intent_id}_secret_guess")).status_code == 404


async def _session(sandbox: Sandbox) -> tuple[str, str]:
    customer = await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    session = await sandbox.stripe.v1.checkout.sessions.create_async(
        {
            "mode": "setup",
            "customer": customer.id,
            "currency": "usd",
            "success_url": "http://127.0.0.1:8000/saved?s={CHECKOUT_SESSION_ID}",
        }
    )
    return customer.id, session.id


async def test_a_card_typed_into_the_page_is_saved_and_can_be_charged(sandbox: Sandbox) -> None:
    customer, session = await _session(sandbox)
    answer = await sandbox.control.post(
        f"/sandbox/checkout/{session}", data=_CARD | {"number": "4242 4242 4242 4242"}
    )
    assert answer.headers["location"] == f"http://127.0.0.1:8000/saved?s={session}"
    (method,) = (await sandbox.stripe.v1.customers.payment_methods.list_async(customer)).data
    assert method.card
    assert method.card.last4 == "4242"
    events = await sandbox.stripe.v1.events.list_async({"type": "checkout.session.completed"})
    assert len(events.data) == 1


async def test_a_page_nobody_used_closes_after_a_day(sandbox: Sandbox) -> None:
    _, session = await _session(sandbox)
    await sandbox.do("clock", days=1)
    answer = await sandbox.control.post(
        f"/sandbox/checkout/{session}", data=_CARD | {"number": "4242424242424242"}
    )
    assert "expired" in answer.text


async def test_a_declined_card_is_told_on_the_page(sandbox: Sandbox) -> None:
    _, session = await _session(sandbox)
    answer = await sandbox.control.post(
        f"/sandbox/checkout/{session}", data=_CARD | {"number": "4000000000000002"}
    )
    assert answer.status_code == 422
    assert "Your card was declined." in answer.text


async def test_a_card_set_up_with_its_owner_pays_without_them(sandbox: Sandbox) -> None:
    customer, session = await _session(sandbox)
    asks = await sandbox.control.post(
        f"/sandbox/checkout/{session}", data=_CARD | {"number": "4000002500003155"}
    )
    async with httpx.AsyncClient() as browser:
        back = await browser.post(asks.headers["location"], data={"outcome": "approve"})
        await browser.get(back.headers["location"])
    (method,) = (await sandbox.stripe.v1.customers.payment_methods.list_async(customer)).data
    intent = await sandbox.stripe.v1.payment_intents.create_async(charging(method.id, 100, customer))
    assert intent.status == "succeeded"


async def test_the_state_page_shows_what_happened_under_a_strict_policy(sandbox: Sandbox) -> None:
    intent_id, _ = await _waiting(sandbox)
    page = await sandbox.control.get("/sandbox")
    assert intent_id[:16] in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert " style=" not in page.text


async def test_another_sites_page_cannot_press_the_buttons(sandbox: Sandbox) -> None:
    headers = {"origin": "http://evil.example"}
    answer = await sandbox.control.post(
        "/sandbox/control/faults", json={"kind": "rate_limit"}, headers=headers
    )
    assert answer.status_code == 403


async def test_a_button_of_the_page_advances_the_clock(sandbox: Sandbox) -> None:
    before = (await sandbox.control.get("/sandbox/control/state")).json()["now"]
    answer = await sandbox.control.post("/sandbox/actions/advance-clock", data={"days": "2"})
    after = (await sandbox.control.get("/sandbox/control/state")).json()["now"]
    assert answer.status_code == 303
    assert after - before >= 2 * 86_400
