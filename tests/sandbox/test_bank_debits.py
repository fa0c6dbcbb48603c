"""ACH debits take days: the clock decides when a bank answers."""

from typing import Any

import pytest
import stripe

from sandbox.banks import ACCOUNTS
from tests.stripe_sandbox import Sandbox, charging

_MANDATE: Any = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "203.0.113.7", "user_agent": "Firefox"},
    }
}


async def _saved(sandbox: Sandbox, number: str) -> tuple[str, stripe.SetupIntent]:
    customer = await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    method = await sandbox.stripe.v1.payment_methods.create_async(
        {
            "type": "us_bank_account",
            "us_bank_account": {
                "account_number": number,
                "routing_number": "110000000",
                "account_holder_type": "company",
            },
            "billing_details": {"name": "Alice"},
        }
    )
    setup = await sandbox.stripe.v1.setup_intents.create_async(
        {"customer": customer.id, "payment_method": method.id, "confirm": True, "mandate_data": _MANDATE}
    )
    return customer.id, setup


async def _verified(sandbox: Sandbox, number: str) -> tuple[str, str]:
    customer, setup = await _saved(sandbox, number)
    done = await sandbox.stripe.v1.setup_intents.verify_microdeposits_async(setup.id, {"amounts": [32, 45]})
    return customer, str(done.payment_method)


async def _debit(sandbox: Sandbox, customer: str, method: str) -> stripe.PaymentIntent:
    return await sandbox.stripe.v1.payment_intents.create_async(charging(method, 5000, customer))


async def test_a_bank_account_is_verified_before_it_is_saved(sandbox: Sandbox) -> None:
    customer, setup = await _saved(sandbox, "000123456789")
    assert setup.status == "requires_action"
    with pytest.raises(stripe.InvalidRequestError, match="do not match"):
        await sandbox.stripe.v1.setup_intents.verify_microdeposits_async(setup.id, {"amounts": [1, 2]})
    done = await sandbox.stripe.v1.setup_intents.verify_microdeposits_async(setup.id, {"amounts": [32, 45]})
    methods = await sandbox.stripe.v1.customers.payment_methods.list_async(customer)
    assert [method.id for method in methods.data] == [done.payment_method]


async def test_a_debit_is_processing_for_days_and_then_succeeds(sandbox: Sandbox) -> None:
    customer, method = await _verified(sandbox, "000123456789")
    intent = await _debit(sandbox, customer, method)
    await sandbox.do("clock", days=3)
    still = await sandbox.stripe.v1.payment_intents.retrieve_async(intent.id)
    await sandbox.do("clock", days=1)
    paid = await sandbox.stripe.v1.payment_intents.retrieve_async(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert (intent.status, still.status, paid.status) == ("processing", "processing", "succeeded")
    assert paid.to_dict()["latest_charge"]["balance_transaction"]["fee"] == 40


@pytest.mark.parametrize("bank", [bank for bank in ACCOUNTS if bank.failure], ids=lambda bank: bank.failure)
async def test_a_debit_comes_back_with_the_banks_reason(sandbox: Sandbox, bank: Any) -> None:
    customer, method = await _verified(sandbox, bank.number)
    intent = await _debit(sandbox, customer, method)
    await sandbox.do("clock", days=4)
    failed = await sandbox.stripe.v1.payment_intents.retrieve_async(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error
    assert failed.last_payment_error.code == bank.failure


async def test_a_settled_debit_may_be_disputed_weeks_later_and_is_lost_at_once(sandbox: Sandbox) -> None:
    customer, method = await _verified(sandbox, "000555555559")
    intent = await _debit(sandbox, customer, method)
    await sandbox.do("clock", days=15)
    disputes = await sandbox.stripe.v1.disputes.list_async({"payment_intent": intent.id})
    assert [dispute.status for dispute in disputes.data] == ["lost"]


async def test_one_account_never_answers(sandbox: Sandbox) -> None:
    customer, method = await _verified(sandbox, "000000000009")
    intent = await _debit(sandbox, customer, method)
    await sandbox.do("clock", days=60)
    assert (await sandbox.stripe.v1.payment_intents.retrieve_async(intent.id)).status == "processing"


async def test_a_debit_without_a_mandate_is_refused(sandbox: Sandbox) -> None:
    customer = await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    with pytest.raises(stripe.InvalidRequestError, match="mandate"):
        await _debit(sandbox, customer.id, "pm_usBankAccount_success")


async def test_the_hosted_page_verifies_an_account_by_the_two_amounts(sandbox: Sandbox) -> None:
    _, setup = await _saved(sandbox, "000123456789")
    page = setup.to_dict()["next_action"]["verify_with_microdeposits"]["hosted_verification_url"]
    wrong = await sandbox.control.post(page, data={"first": "1", "second": "2"})
    right = await sandbox.control.post(page, data={"first": "32", "second": "45"})
    assert (wrong.status_code, right.status_code) == (422, 200)
    assert (await sandbox.stripe.v1.setup_intents.retrieve_async(setup.id)).status == "succeeded"


async def test_a_refund_to_a_bank_account_takes_days(sandbox: Sandbox) -> None:
    customer, method = await _verified(sandbox, "000123456789")
    intent = await _debit(sandbox, customer, method)
    await sandbox.do("clock", days=4)
    refund = await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id})
    await sandbox.do("clock", days=5)
    arrived = await sandbox.stripe.v1.refunds.retrieve_async(refund.id)
    assert (refund.status, arrived.status) == ("pending", "succeeded")
