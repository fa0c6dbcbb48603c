"""Refunds, disputes and what they do to the balance."""

import pytest
import stripe

from tests.stripe_sandbox import Sandbox, charging


async def _paid(sandbox: Sandbox, alias: str = "pm_card_visa") -> stripe.PaymentIntent:
    customer, method = await sandbox.saved(alias)
    return await sandbox.stripe.v1.payment_intents.create_async(
        {**charging(method, 10_000, customer), "capture_method": "automatic"}
    )


async def test_a_charge_is_given_back_in_parts_but_never_beyond(sandbox: Sandbox) -> None:
    intent = await _paid(sandbox)
    first = await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id, "amount": 4000})
    await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id})
    charge = await sandbox.stripe.v1.charges.retrieve_async(str(first.charge))
    assert (charge.amount_refunded, charge.refunded) == (10_000, True)
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id})


async def test_a_refund_that_fails_comes_back_to_us(sandbox: Sandbox) -> None:
    intent = await _paid(sandbox, "pm_card_refundFail")
    refund = await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id})
    await sandbox.do("clock", seconds=2)
    failed = await sandbox.stripe.v1.refunds.retrieve_async(refund.id)
    charge = await sandbox.stripe.v1.charges.retrieve_async(str(refund.charge))
    assert (failed.status, charge.amount_refunded) == ("failed", 0)


@pytest.mark.parametrize(("text", "verdict"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
async def test_evidence_decides_a_dispute(sandbox: Sandbox, text: str, verdict: str) -> None:
    await _paid(sandbox, "pm_card_createDispute")
    await sandbox.do("clock", seconds=2)
    dispute = (await sandbox.stripe.v1.disputes.list_async()).data[0]
    decided = await sandbox.stripe.v1.disputes.update_async(
        dispute.id, {"evidence": {"uncategorized_text": text}}
    )
    assert decided.status == verdict
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await sandbox.stripe.v1.disputes.close_async(dispute.id)


async def test_any_charge_can_be_disputed_on_demand(sandbox: Sandbox) -> None:
    intent = await _paid(sandbox)
    await sandbox.do(f"charges/{intent.latest_charge}/dispute")
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        await sandbox.stripe.v1.refunds.create_async({"payment_intent": intent.id})


async def test_the_balance_adds_up(sandbox: Sandbox) -> None:
    intent = await _paid(sandbox, "pm_card_createDispute")
    await sandbox.do("clock", seconds=2)
    moves = [
        move async for move in (await sandbox.stripe.v1.balance_transactions.list_async()).auto_paging_iter()
    ]
    assert intent.status == "succeeded"
    assert [(move.amount, move.fee, move.net) for move in moves] == [
        (-10_000, 1500, -11_500),
        (10_000, 320, 9680),
    ]


async def test_an_asynchronously_captured_charge_tells_its_fee_a_moment_later(sandbox: Sandbox) -> None:
    intent = await sandbox.stripe.v1.payment_intents.create_async(
        {
            "amount": 1000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "off_session": True,
        }
    )
    early = await sandbox.stripe.v1.charges.retrieve_async(str(intent.latest_charge))
    await sandbox.do("clock", seconds=2)
    late = await sandbox.stripe.v1.charges.retrieve_async(str(intent.latest_charge))
    assert early.balance_transaction is None
    assert str(late.balance_transaction).startswith("txn_")
