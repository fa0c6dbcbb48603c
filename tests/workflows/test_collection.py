"""Collection on the real Temporal server with its clock moved, over a real database and a running Stripe sandbox."""

from datetime import UTC, date, datetime, timedelta

import pytest

from activities.transfers import Transfer, record_transfer
from domain.audit import SYSTEM
from domain.money import NANOS
from tests.collection_office import DAY, Office, office
from tests.owed import Owed
from tests.temporal import reached

__all__ = ["office"]


async def test_a_good_card_is_charged_at_once(office: Office) -> None:
    owed = await office.owed("succeeds")
    assert await office.ended(await office.collect(owed)) == "paid"
    assert await office.house.letters() == ["receipt"]
    assert await office.house.charges_at_stripe() == 1


@pytest.mark.parametrize("fault", ["timeout_after", "server_error_after", "timeout_before", "rate_limit"])
async def test_a_lost_answer_is_looked_up_and_charged_once(office: Office, fault: str) -> None:
    owed = await office.owed("succeeds")
    await office.house.sandbox.do("faults", kind=fault, path="/v1/payment_intents")
    assert await office.ended(await office.collect(owed)) == "paid"
    assert await office.house.charges_at_stripe() == 1


async def test_a_soft_decline_is_asked_again_on_the_dunning_days_and_ends_in_a_final_notice(
    office: Office,
) -> None:
    handle = await office.collect(await office.owed("insufficient_funds"))
    await office.resting(handle, "dunning")
    await office.letters("payment_failed")
    await office.fast_forward(handle, 3 * DAY + timedelta(hours=1))
    await office.letters(*["payment_failed"] * 2)
    await office.fast_forward(handle, 4 * DAY)
    await office.letters(*["payment_failed"] * 3)
    await office.fast_forward(handle, 8 * DAY)
    await office.letters(*["payment_failed"] * 3, "final_notice")
    status = await reached(handle, lambda s: bool(s.waiting_for) and s.next_step == "close when it is paid")
    assert (status.state, status.who_may_act) == ("waiting for payment", ("the client", "staff"))


async def test_a_soft_decline_that_recovers_is_paid_on_the_next_dunning_day(office: Office) -> None:
    owed = await office.owed("insufficient_funds")
    handle = await office.collect(owed)
    await office.resting(handle, "dunning")
    ((card,),) = await office.house.rows("select payment_method_id from billing_profiles")
    await office.house.change_card(card, "succeeds")
    await office.fast_forward(handle, 3 * DAY + timedelta(hours=1))
    assert await office.ended(handle) == "paid"
    assert [p.state for p in await office.house.payments_of(owed)] == ["failed", "succeeded"]


async def test_a_lost_card_is_never_asked_again_but_its_owner_is_reminded(office: Office) -> None:
    owed = await office.owed("lost_card")
    handle = await office.collect(owed)
    await office.resting(handle, "dunning")
    await office.fast_forward(handle, 15 * DAY)
    await office.letters("payment_failed", "payment_reminder", "payment_reminder", "final_notice")
    assert len(await office.house.payments_of(owed)) == 1


async def test_an_invoice_is_past_due_once_its_day_has_passed(office: Office) -> None:
    owed = await office.owed("lost_card")
    handle = await office.collect(owed)
    await office.resting(handle, "dunning")
    await office.fast_forward(handle, 16 * DAY)
    await reached(handle, lambda s: bool(s.waiting_for) and s.next_step == "close when it is paid")
    assert (await office.house.receivable(owed)).state == "past_due"


async def test_a_card_added_after_a_decline_is_charged_at_once(office: Office) -> None:
    handle = await office.collect(owed := await office.owed("lost_card"))
    await office.resting(handle, "dunning")
    await office.save_card(owed, "succeeds")
    await office.tell()
    assert await office.ended(handle) == "paid"


async def test_without_a_card_the_client_is_asked_for_one_and_reminded(office: Office) -> None:
    handle = await office.collect(owed := await office.owed())
    await office.resting(handle, "reminder")
    await office.letters("card_needed")
    await office.fast_forward(handle, 14 * DAY)
    await office.letters("card_needed", "payment_reminder")
    await office.save_card(owed, "succeeds")
    await office.tell()
    assert await office.ended(handle) == "paid"


async def test_when_the_bank_wants_the_client_they_get_a_link_and_the_webhook_ends_the_wait(
    office: Office,
) -> None:
    handle = await office.collect(owed := await office.owed("authenticates_always"))
    status = await reached(handle, lambda s: s.state == "authentication required" and bool(s.waiting_for))
    assert status.waiting_for == "the client to confirm the payment with their bank"
    await office.letters("authentication_required")
    (payment,) = await office.house.payments_of(owed)
    await office.house.sandbox.control.post(payment.hosted_url, data={"outcome": "approve"})
    await office.tell()
    assert await office.ended(handle) == "paid"
    assert await office.house.charges_at_stripe() == 1


async def test_when_the_webhook_is_lost_a_look_finds_the_money(office: Office) -> None:
    handle = await office.collect(owed := await office.owed("authenticates_always"))
    await reached(handle, lambda s: s.state == "authentication required" and bool(s.waiting_for))
    (payment,) = await office.house.payments_of(owed)
    await office.house.sandbox.control.post(payment.hosted_url, data={"outcome": "approve"})
    await office.fast_forward(handle, timedelta(hours=6, minutes=1))
    assert await office.ended(handle) == "paid"


async def test_a_new_card_replaces_a_charge_that_waits_for_the_client(office: Office) -> None:
    handle = await office.collect(owed := await office.owed("authenticates_always"))
    await reached(handle, lambda s: s.state == "authentication required" and bool(s.waiting_for))
    await office.save_card(owed, "succeeds")
    await office.tell()
    assert await office.ended(handle) == "paid"
    assert [p.state for p in await office.house.payments_of(owed)] == ["cancelled", "succeeded"]


async def test_transfers_are_awaited_with_instructions_and_settle_in_parts(office: Office) -> None:
    handle = await office.collect(owed := await office.owed(method="bank_transfer"))
    await office.resting(handle, "reminder")
    await office.letters("bank_transfer_instructions")
    for amount in (20, 100):
        await transfer(office, owed, amount)
        await office.tell()
    assert await office.ended(handle) == "paid"
    assert await office.house.books(owed) == [
        ("cash:bank", "receivable:billed", 2_000),
        ("cash:bank", "receivable:billed", 10_000),
    ]


async def transfer(office: Office, owed: Owed, amount: int) -> None:
    transfer = Transfer(
        invoice_id=owed.invoice_id,
        amount_nanos=amount * NANOS,
        received_on=date(2026, 11, 1),
        reference="BO-1",
    )
    async with office.house.database.begin() as tx:
        settlement = office.house.parts.settlement
        await record_transfer(tx, settlement, transfer, actor=SYSTEM, now=datetime.now(UTC))


async def test_a_transfer_settles_what_waits_for_the_client_and_the_charge_is_given_up(
    office: Office,
) -> None:
    handle = await office.collect(owed := await office.owed("authenticates_always"))
    await reached(handle, lambda s: s.state == "authentication required" and bool(s.waiting_for))
    await transfer(office, owed, 120)
    await office.tell()
    assert await office.ended(handle) == "paid"
    assert [p.state for p in await office.house.payments_of(owed)] == ["cancelled", "succeeded"]
