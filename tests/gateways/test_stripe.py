"""The probe suite: the same sentences hold for the sandbox and, when STRIPE_TEST_KEY is set, for Stripe's test mode."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateways.errors import Refused
from gateways.stripe import ChargeResult, Stripe
from tests.stripe_sandbox import API_KEY, serving_sandbox

_REAL_KEY = os.environ.get("STRIPE_TEST_KEY")
_BASES = ["sandbox", *(["stripe"] if _REAL_KEY else [])]
_RETURN_URL = "https://example.com/paid"


@dataclass
class Alice:
    """A client at Stripe, and the gateway that charges her."""

    stripe: Stripe
    customer: str

    async def charge(self, method: str, **given: Any) -> ChargeResult:
        """Charge her 12.34 dollars, unless said otherwise."""
        facts: dict[str, Any] = {
            "amount_minor": 1234,
            "currency": "USD",
            "invoice_id": "in_1",
            "charge_key": f"charge:{uuid.uuid4().hex}",
        }
        return await self.stripe.charge(customer=self.customer, payment_method=method, **(facts | given))

    async def save(self, alias: str = "pm_card_visa") -> str:
        """Save that card."""
        return (await self.stripe.save_card(customer=self.customer, payment_method=alias)).id


@pytest.fixture(params=_BASES)
async def stripe(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stripe]:
    async with AsyncExitStack() as stack:
        base, key = "https://api.stripe.com", _REAL_KEY or ""
        if request.param == "sandbox":
            base, key = await stack.enter_async_context(serving_sandbox(str(tmp_path / "s.sqlite"))), API_KEY
        gateway = Stripe.open(api_key=key, api_base=base, return_url=_RETURN_URL)
        yield gateway
        await gateway.close()


@pytest.fixture
async def alice(stripe: Stripe) -> Alice:
    organization = f"org_{uuid.uuid4().hex}"
    customer = await stripe.ensure_customer(
        organization_id=organization,
        name="Alice",
        email="alice@example.com",
        idempotency_key=f"customer:{organization}",
    )
    return Alice(stripe, customer)


async def test_an_organization_has_one_customer_even_when_it_is_renamed(stripe: Stripe) -> None:
    organization = f"org_{uuid.uuid4().hex}"
    made = [
        await stripe.ensure_customer(
            organization_id=organization, name=name, email="a@example.com", idempotency_key=organization
        )
        for name in ("Alice", "Alice Ltd")
    ]
    assert made[0] == made[1]


async def test_a_saved_card_becomes_the_default(alice: Alice) -> None:
    await alice.save("pm_card_mastercard")
    visa = await alice.save()
    methods = await alice.stripe.saved_methods(alice.customer)
    assert [(method.label, method.is_default) for method in methods] == [
        ("Visa •••• 4242", True),
        ("Mastercard •••• 4444", False),
    ]
    assert methods[0].id == visa


async def test_a_card_the_bank_declines_cannot_be_saved(alice: Alice) -> None:
    with pytest.raises(Refused) as caught:
        await alice.save("pm_card_chargeDeclinedInsufficientFunds")
    assert (caught.value.code, caught.value.decline_code) == ("card_declined", "insufficient_funds")


async def test_a_good_card_is_charged_and_the_fee_is_known(alice: Alice) -> None:
    seen = await alice.charge(await alice.save(), charge_key="charge:1")
    assert (seen.state, seen.amount_minor, seen.currency) == ("succeeded", 1234, "USD")
    assert (seen.charge_key, seen.invoice_id, seen.customer_id) == ("charge:1", "in_1", alice.customer)
    assert seen.charge_id
    assert seen.fee_minor


async def test_the_same_key_charges_once(alice: Alice) -> None:
    method, key = await alice.save(), f"charge:{uuid.uuid4().hex}"
    first = await alice.charge(method, charge_key=key)
    assert await alice.charge(method, charge_key=key) == first


async def test_the_same_key_with_another_amount_is_refused(alice: Alice) -> None:
    method, key = await alice.save(), f"charge:{uuid.uuid4().hex}"
    await alice.charge(method, charge_key=key)
    with pytest.raises(Refused) as caught:
        await alice.charge(method, charge_key=key, amount_minor=1235)
    assert caught.value.code == "idempotency_mismatch"


@pytest.mark.parametrize(
    ("alias", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
async def test_a_decline_is_a_result_with_its_reason(alice: Alice, alias: str, reason: str) -> None:
    seen = await alice.charge(alias)
    assert (seen.state, seen.decline_code, seen.hosted_url) == ("declined", reason, None)
    assert seen.charge_id


async def test_a_saved_card_may_decline_when_it_is_charged(alice: Alice) -> None:
    seen = await alice.charge(await alice.save("pm_card_chargeCustomerFail"))
    assert (seen.state, seen.decline_code) == ("declined", "generic_decline")


async def test_a_card_that_wants_its_owner_gives_a_page_to_send_them_to(alice: Alice) -> None:
    method, key = await alice.save("pm_card_authenticationRequired"), f"charge:{uuid.uuid4().hex}"
    seen = await alice.charge(method, charge_key=key)
    assert seen.state == "requires_action"
    assert seen.hosted_url
    assert await alice.charge(method, charge_key=key) == seen


async def test_a_charge_is_found_by_its_key_and_no_other(alice: Alice) -> None:
    method = await alice.save()
    seen = await alice.charge(method, charge_key="charge:in_7:1")
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert (
        await alice.stripe.find_charge(charge_key="charge:in_7:1", customer=alice.customer, since=since)
        == seen
    )
    assert await alice.stripe.find_charge(charge_key="charge:in_7:2", customer=alice.customer) is None
    assert await alice.stripe.get_intent(seen.intent_id) == seen


async def test_an_unknown_charge_is_refused(stripe: Stripe) -> None:
    with pytest.raises(Refused) as caught:
        await stripe.get_intent("pi_does_not_exist")
    assert caught.value.code == "resource_missing"


async def test_a_charge_that_waits_can_be_given_up_and_a_paid_one_not(alice: Alice) -> None:
    waiting = await alice.charge(await alice.save("pm_card_authenticationRequired"))
    paid = await alice.charge(await alice.save())
    assert (await alice.stripe.cancel(waiting.intent_id)).state == "canceled"
    with pytest.raises(Refused) as caught:
        await alice.stripe.cancel(paid.intent_id)
    assert caught.value.code == "payment_intent_unexpected_state"


async def test_money_goes_back_once_per_key_and_never_beyond_the_charge(alice: Alice) -> None:
    paid = await alice.charge(await alice.save())
    first = await alice.stripe.refund(
        intent_id=paid.intent_id, amount_minor=1000, idempotency_key=f"r1:{paid.intent_id}"
    )
    again = await alice.stripe.refund(
        intent_id=paid.intent_id, amount_minor=1000, idempotency_key=f"r1:{paid.intent_id}"
    )
    assert (first.state, first.amount_minor, again) == ("succeeded", 1000, first)
    with pytest.raises(Refused):
        await alice.stripe.refund(
            intent_id=paid.intent_id, amount_minor=1000, idempotency_key=f"r2:{paid.intent_id}"
        )


async def test_a_page_to_save_a_card_is_opened_once_per_key(alice: Alice) -> None:
    given = {
        "customer": alice.customer,
        "currency": "USD",
        "success_url": _RETURN_URL,
        "cancel_url": _RETURN_URL,
    }
    key = f"page:{uuid.uuid4().hex}"
    page = await alice.stripe.open_card_page(**given, idempotency_key=key)
    assert page.url.startswith("http")
    assert await alice.stripe.open_card_page(**given, idempotency_key=key) == page
