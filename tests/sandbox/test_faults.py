"""The switches: what fails, what was done nevertheless, and for how many calls."""

import httpx
import pytest
import stripe

from tests.stripe_sandbox import API_KEY, Sandbox, charging

_CHARGE = charging()


async def _charges(sandbox: Sandbox) -> int:
    return len((await sandbox.stripe.v1.charges.list_async()).data)


@pytest.mark.parametrize(
    ("kind", "error"), [("rate_limit", stripe.RateLimitError), ("server_error", stripe.APIError)]
)
async def test_a_switch_makes_the_next_call_fail_and_nothing_is_charged(
    sandbox: Sandbox, kind: str, error: type[Exception]
) -> None:
    await sandbox.do("faults", kind=kind, path="/v1/payment_intents")
    with pytest.raises(error):
        await sandbox.stripe.v1.payment_intents.create_async(_CHARGE)
    assert await _charges(sandbox) == 0
    assert (await sandbox.stripe.v1.payment_intents.create_async(_CHARGE)).status == "succeeded"


@pytest.mark.parametrize(("kind", "charges"), [("timeout_before", 0), ("timeout_after", 1)])
async def test_a_timeout_leaves_the_caller_ignorant_of_what_was_done(
    sandbox: Sandbox, kind: str, charges: int
) -> None:
    await sandbox.do("faults", kind=kind)
    form = {
        "amount": "900",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "off_session": "true",
    }
    with pytest.raises(httpx.ReadTimeout):
        await sandbox.control.post(
            "/v1/payment_intents", data=form, headers={"authorization": f"Bearer {API_KEY}"}, timeout=0.5
        )
    assert await _charges(sandbox) == charges


async def test_a_server_error_after_the_charge_is_answered_again_for_its_key(sandbox: Sandbox) -> None:
    await sandbox.do("faults", kind="server_error_after")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await sandbox.stripe.v1.payment_intents.create_async(_CHARGE, {"idempotency_key": "charge:1"})
    assert await _charges(sandbox) == 1


async def test_a_switch_counts_down_and_can_be_cleared(sandbox: Sandbox) -> None:
    await sandbox.do("faults", kind="server_error", count=2, method="*", path="*")
    with pytest.raises(stripe.APIError):
        await sandbox.stripe.v1.customers.list_async()
    await sandbox.control.delete("/sandbox/control/faults")
    assert (await sandbox.stripe.v1.customers.list_async()).data == []


async def test_an_unknown_switch_is_refused(sandbox: Sandbox) -> None:
    answer = await sandbox.control.post("/sandbox/control/faults", json={"kind": "earthquake"})
    assert answer.status_code == 400
