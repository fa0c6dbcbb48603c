"""What is saved at the payment provider goes with the organization, on the real Temporal server over a running sandbox."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from activities.housekeeping import HousekeepingSteps
from activities.registry import activities_of
from db.engine import Database
from domain.audit import SYSTEM
from tests.collecting import House as Till
from tests.collecting import collecting_house
from tests.monthend import one
from tests.privacy import a_house, all_steps, approved, run
from tests.temporal import FastForward, Temporal, reached, running
from tests.workflows.test_organization_deletion import DAY, Office
from workflows.data_export import DataExport
from workflows.housekeeping import Housekeeping, HousekeepingInput
from workflows.organization_deletion import OrganizationDeletion

_CUSTOMER = "select stripe_customer_id from billing_profiles where stripe_customer_id is not null"


@pytest.fixture
async def till(database: Database, tmp_path: Path) -> AsyncIterator[Till]:
    async with collecting_house(database, tmp_path) as till:
        yield till


@pytest.fixture
async def office(
    database: Database, temporal: Temporal, fast_forward: FastForward, till: Till
) -> AsyncIterator[Office]:
    """Acme has saved a card and owes nothing."""
    house = await a_house(database)
    await run(database, "update invoices set amount_paid_nanos = amount_due_nanos, state = 'paid'")
    await till.methods.save(house.acme, payment_method="pm_card_visa", actor=SYSTEM)
    async with running(temporal, [OrganizationDeletion, DataExport], all_steps(database, till.stripe)):
        yield Office(database, temporal, fast_forward, house)


async def is_deleted(till: Till, customer: str) -> bool:
    found = await till.sandbox.stripe.v1.customers.retrieve_async(customer)
    return bool(found.to_dict().get("deleted"))


async def test_saved_cards_are_forgotten_at_the_provider_before_the_certificate(
    office: Office, till: Till
) -> None:
    customer = await one(office.database, _CUSTOMER)
    deletion, handle = await office.begin()
    await approved(office.database, office.house, deletion)
    await office.told(handle, "grace")
    await office.letters_leave()
    await office.forward(handle, 14 * DAY + timedelta(minutes=1))
    await reached(
        handle, lambda status: status.state == "sending the last letters" and bool(status.waiting_for)
    )
    assert await is_deleted(till, customer)
    facts = json.loads(await one(office.database, "select document from certificates"))
    assert {"what": "cards and bank accounts saved at the payment provider", "count": 1} in facts["erased"]
    await office.letters_leave()
    await office.forward(handle, timedelta(minutes=11))
    assert (await handle.result()).state == "deleted"


async def test_cards_kept_for_an_open_invoice_go_on_the_day_after_it_is_settled(
    database: Database, temporal: Temporal, till: Till
) -> None:
    house = await a_house(database)
    await till.methods.save(house.acme, payment_method="pm_card_visa", actor=SYSTEM)
    customer = await one(database, _CUSTOMER)
    await run(database, "update organizations set state = 'deleted' where name = 'Acme'")
    await run(database, "update invoices set amount_paid_nanos = amount_due_nanos, state = 'paid'")
    steps = [*activities_of(HousekeepingSteps(database)), *activities_of(till.parts.forgetting)]
    async with running(temporal, [Housekeeping], steps):
        await temporal.client.execute_workflow(
            Housekeeping.run,
            HousekeepingInput(),
            id=f"housekeeping/{uuid.uuid4()}",
            task_queue=temporal.task_queue,
        )
    assert await is_deleted(till, customer)
    assert (
        await one(database, "select count(*) from billing_profiles where stripe_customer_id is not null") == 0
    )
