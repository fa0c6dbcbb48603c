"""Collection when people steer it, pay by themselves, or when something is broken."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowUpdateFailedError

from activities.payments import PaymentSeen
from activities.registry import activities_of
from domain.dunning import Plan
from domain.money import NANOS
from gateways.errors import Refused
from tests.collecting import House
from tests.collection_office import Office, office
from tests.temporal import FastForward, Temporal, reached, running
from workflows.collection import Collection, CollectionInput, PayNow
from workflows.process import Act, Changed

__all__ = ["office"]
Charge = Callable[[str], Awaitable[PaymentSeen]]


@pytest.mark.parametrize("state", ["void", "uncollectible"])
async def test_it_ends_when_a_person_settles_the_invoice_otherwise(office: Office, state: str) -> None:
    handle = await office.collect(owed := await office.owed())
    await office.resting(handle)
    await office.house.change("update invoices set state = :s where id = :i", s=state, i=owed.invoice_id)
    await handle.signal(Collection.invoice_changed, Changed(reason="void"))
    assert await office.ended(handle) == state


async def test_pay_now_charges_without_waiting_for_the_dunning_day(office: Office) -> None:
    handle = await office.collect(await office.owed("insufficient_funds"))
    await office.resting(handle, "dunning")
    ((card,),) = await office.house.rows("select payment_method_id from billing_profiles")
    await office.house.change_card(card, "succeeds")
    await handle.execute_update("pay_now", PayNow(amount_nanos=120 * NANOS))
    assert await office.ended(handle) == "paid"


async def test_pay_now_charges_the_card_of_a_client_who_pays_by_transfer(office: Office) -> None:
    handle = await office.collect(await office.owed("succeeds", method="bank_transfer"))
    await office.resting(handle)
    assert await office.house.charges_at_stripe() == 0
    await handle.execute_update("pay_now", PayNow(amount_nanos=120 * NANOS))
    assert await office.ended(handle) == "paid"


async def test_skipping_the_wait_takes_the_next_step_now(office: Office) -> None:
    handle = await office.collect(await office.owed())
    await office.resting(handle, "reminder")
    await handle.execute_update("skip_wait", Act(reason="client asked"))
    await office.letters("card_needed", "payment_reminder")


async def test_a_paused_collection_does_nothing_until_it_is_resumed(office: Office) -> None:
    handle = await office.collect(owed := await office.owed())
    await office.resting(handle, "reminder")
    await handle.execute_update("pause", Act(reason="talking to them"))
    await office.save_card(owed, "succeeds")
    await office.tell()
    assert (await office.status(handle)).paused
    assert await office.house.charges_at_stripe() == 0
    await handle.execute_update("resume", Act())
    assert await office.ended(handle) == "paid"


async def test_it_ends_with_its_invoice_and_cannot_be_cancelled(office: Office) -> None:
    handle = await office.collect(owed := await office.owed())
    await office.resting(handle)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("cancel", Act(reason="agreed otherwise"))
    assert "cancel" not in (await office.status(handle)).may
    await office.house.change("update invoices set state = 'uncollectible' where id = :i", i=owed.invoice_id)
    await handle.signal(Collection.invoice_changed, Changed(reason="given up"))
    assert await office.ended(handle) == "uncollectible"


@asynccontextmanager
async def office_charging(
    house: House, temporal: Temporal, skip: FastForward, charge: Charge
) -> AsyncIterator[Office]:
    """An office whose step `charge` is another one of the same name."""
    steps = [step for step in activities_of(house.payments) if step.__name__ != "charge"]
    forced = activity.defn(name="charge")(charge)
    async with running(temporal, [Collection], [*steps, *activities_of(house.collection), forced]):
        yield Office(house, temporal, skip)


async def test_a_refused_provider_key_is_shown_and_tried_again_by_a_person(
    house: House, temporal: Temporal, fast_forward: FastForward
) -> None:
    refusals = [Refused("provider_key_refused", "the key was revoked")]

    async def charge(payment_id: str) -> PaymentSeen:
        if refusals:
            raise refusals.pop()
        return await house.payments.charge(payment_id)

    async with office_charging(house, temporal, fast_forward, charge) as office:
        handle = await office.collect(await office.owed("succeeds"))
        status = await reached(handle, lambda s: "a person to look" in s.waiting_for)
        assert "the key was revoked" in status.last_error
        await handle.execute_update("skip_wait", Act(reason="a new key is set"))
        assert await office.ended(handle) == "paid"


async def test_a_charge_whose_end_is_not_known_is_asked_about_and_never_made_again(
    house: House, temporal: Temporal, fast_forward: FastForward
) -> None:
    async def charge(payment_id: str) -> PaymentSeen:
        await house.payments.charge(payment_id)
        return PaymentSeen(payment_id=payment_id, state="processing")

    async with office_charging(house, temporal, fast_forward, charge) as office:
        handle = await office.collect(await office.owed("succeeds"))
        status = await reached(handle, lambda s: s.waiting_for == "the charge to end")
        assert status.may == ("pause", "skip_wait")
        await fast_forward(handle, timedelta(minutes=1, seconds=1))
        assert await office.ended(handle) == "paid"
        assert await house.charges_at_stripe() == 1


async def test_a_later_run_continues_where_the_earlier_one_was(office: Office) -> None:
    owed = await office.owed()
    began = datetime.now(UTC) - timedelta(days=20)
    plan = Plan(dunning_days=(3, 7, 14), started_at=began, done=("instructions", "reminder"))
    wanted = CollectionInput(invoice_id=owed.shown, plan=plan)
    queue = office.temporal.task_queue
    handle = await office.temporal.client.start_workflow(
        Collection.run, wanted, id=owed.workflow_id, task_queue=queue
    )
    await reached(handle, lambda s: s.next_step == "past_due")
    assert await office.house.letters() == []


async def test_money_that_came_twice_goes_back_before_it_ends(office: Office) -> None:
    handle = await office.collect(owed := await office.owed("authenticates_always"))
    await reached(handle, lambda s: s.state == "authentication required" and bool(s.waiting_for))
    (payment,) = await office.house.payments_of(owed)
    credited = "update invoices set amount_credited_nanos = 70000000000 where id = :i"
    await office.house.change(credited, i=owed.invoice_id)
    await office.house.sandbox.control.post(payment.hosted_url, data={"outcome": "approve"})
    await office.tell()
    assert await office.ended(handle) == "paid"
    refunds = await office.house.sandbox.stripe.v1.refunds.list_async()
    assert [refund.amount for refund in refunds.data] == [7_000]
