"""When Stripe is slow, busy or broken: an answer that may come later, and never a second charge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateways.errors import Refused, Unavailable
from gateways.stripe import ChargeResult, Stripe
from tests.stripe_sandbox import API_KEY, Sandbox, running_sandbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running_sandbox(str(tmp_path / "s.sqlite")) as running:
        yield running


@asynccontextmanager
async def opened(api_key: str, url: str) -> AsyncIterator[Stripe]:
    gateway = Stripe.open(
        api_key=api_key, api_base=url, return_url="https://example.com", timeout_seconds=0.5
    )
    try:
        yield gateway
    finally:
        await gateway.close()


@pytest.fixture
async def stripe(sandbox: Sandbox) -> AsyncIterator[Stripe]:
    async with opened(API_KEY, sandbox.url) as gateway:
        yield gateway


async def _charge(stripe: Stripe, customer: str, method: str) -> ChargeResult:
    return await stripe.charge(
        customer=customer,
        payment_method=method,
        amount_minor=900,
        currency="USD",
        invoice_id="in_1",
        charge_key="charge:in_1:1",
    )


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after", "rate_limit", "server_error", "server_error_after"]
)
async def test_a_failing_stripe_is_unavailable_and_the_charge_is_made_exactly_once(
    sandbox: Sandbox, stripe: Stripe, kind: str
) -> None:
    customer, method = await sandbox.saved()
    await sandbox.do("faults", kind=kind, path="/v1/payment_intents")
    with pytest.raises(Unavailable):
        await _charge(stripe, customer, method)
    found = await stripe.find_charge(charge_key="charge:in_1:1", customer=customer)
    seen = found or await _charge(stripe, customer, method)
    assert seen.state == "succeeded"
    assert [charge.amount for charge in (await sandbox.stripe.v1.charges.list_async()).data] == [900]


async def test_a_crash_before_the_page_was_offered_is_made_good_by_the_lookup(
    sandbox: Sandbox, stripe: Stripe
) -> None:
    customer, method = await sandbox.saved("pm_card_authenticationRequired")
    await sandbox.do("faults", kind="server_error", path="/v1/payment_intents/*/confirm")
    with pytest.raises(Unavailable):
        await _charge(stripe, customer, method)
    found = await stripe.find_charge(charge_key="charge:in_1:1", customer=customer)
    assert found
    assert (found.state, bool(found.hosted_url)) == ("requires_action", True)


async def test_a_bank_that_declines_although_the_owner_is_there_is_a_decline(
    sandbox: Sandbox, stripe: Stripe
) -> None:
    customer, method = await sandbox.saved("pm_card_authenticationRequired")
    await sandbox.do("faults", kind="server_error", path="/v1/payment_intents/*/confirm")
    with pytest.raises(Unavailable):
        await _charge(stripe, customer, method)
    await sandbox.do(f"payment_methods/{method}", behaviour="insufficient_funds")
    seen = await _charge(stripe, customer, method)
    assert (seen.state, seen.decline_code) == ("declined", "insufficient_funds")


async def test_too_many_requests_say_how_long_to_wait(sandbox: Sandbox, stripe: Stripe) -> None:
    await sandbox.do("faults", kind="rate_limit", method="*", path="*")
    with pytest.raises(Unavailable) as caught:
        await stripe.get_intent("pi_1")
    assert caught.value.retry_after_seconds == 1


async def test_a_key_of_another_kind_is_refused(sandbox: Sandbox) -> None:
    async with opened("sk_live_charlie", sandbox.url) as stranger:
        with pytest.raises(Refused) as caught:
            await stranger.get_intent("pi_1")
    assert caught.value.code == "provider_key_refused"


async def test_nobody_listening_is_unavailable() -> None:
    async with opened(API_KEY, "http://127.0.0.1:9") as gateway:
        with pytest.raises(Unavailable):
            await gateway.get_intent("pi_1")


async def test_a_charge_is_found_behind_more_than_a_page_of_others(sandbox: Sandbox, stripe: Stripe) -> None:
    customer, method = await sandbox.saved()
    seen = await _charge(stripe, customer, method)
    for _ in range(101):
        await sandbox.stripe.v1.payment_intents.create_async(
            {"amount": 100, "currency": "usd", "customer": customer}
        )
    assert await stripe.find_charge(charge_key="charge:in_1:1", customer=customer) == seen


async def test_a_bank_debit_is_processing_until_the_bank_answers(sandbox: Sandbox, stripe: Stripe) -> None:
    customer = await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    setup = await sandbox.stripe.v1.setup_intents.create_async(
        {
            "customer": customer.id,
            "payment_method": "pm_usBankAccount_insufficientFunds",
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline", "offline": {}}},
        }
    )
    seen = await _charge(stripe, customer.id, str(setup.payment_method))
    await sandbox.do("clock", days=4)
    later = await stripe.get_intent(seen.intent_id)
    assert (seen.state, later.state, later.decline_code) == ("processing", "declined", "insufficient_funds")
