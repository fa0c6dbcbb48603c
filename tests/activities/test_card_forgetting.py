"""A deleted organization's cards, name and address are gone at the payment provider too; its charges stay."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.deletion_erasing import DeletionErasing, EraseOrder
from activities.housekeeping import Day
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from db import payment_profiles
from db.engine import Database
from domain.audit import SYSTEM
from domain.deletion import Deletion
from domain.payment_profile import PaymentProfile
from tests.collecting import House as Till
from tests.collecting import collecting_house
from tests.monthend import one, rows
from tests.privacy import NOW, SENDER, House, a_house, approved, asked, run


@pytest.fixture
async def till(database: Database, tmp_path: Path) -> AsyncIterator[Till]:
    async with collecting_house(database, tmp_path) as till:
        yield till


@pytest.fixture
async def house(database: Database, till: Till) -> House:
    """Acme has saved a card and owes nothing."""
    made = await a_house(database)
    await run(database, "update invoices set amount_paid_nanos = amount_due_nanos, state = 'paid'")
    await till.methods.save(made.acme, payment_method="pm_card_visa", actor=SYSTEM)
    return made


@pytest.fixture
async def deletion(database: Database, house: House) -> Deletion:
    """Acme's deletion, which nothing is in the way of any more."""
    made = await approved(database, house, await asked(database, house))
    await run(database, "update deletions set state = 'finishing'")
    return made


async def profile_of(database: Database, house: House) -> PaymentProfile:
    async with database.begin() as tx:
        return await payment_profiles.get(tx, organization_id=house.acme)


async def at_stripe(till: Till, customer: str) -> tuple[bool, int]:
    """Whether the customer is deleted, and how many methods can still be charged."""
    found = (await till.sandbox.stripe.v1.customers.retrieve_async(customer)).to_dict()
    return bool(found.get("deleted")), len(await till.stripe.saved_methods(customer))


async def test_cards_and_customer_are_gone_at_the_provider_however_often_it_is_asked(
    database: Database, till: Till, house: House, deletion: Deletion
) -> None:
    customer = (await profile_of(database, house)).stripe_customer_id or ""
    assert await at_stripe(till, customer) == (False, 1)
    assert (await till.parts.forgetting.forget_cards(deletion.shown_id)).cards == 1
    assert await at_stripe(till, customer) == (True, 0)
    assert await till.stripe.forget_customer(customer) == 0
    assert (await till.parts.forgetting.forget_cards(deletion.shown_id)).cards is None
    assert await profile_of(database, house) == PaymentProfile(organization_id=house.acme)


async def test_what_the_provider_tells_of_it_afterwards_is_no_trouble(
    database: Database, till: Till, deletion: Deletion
) -> None:
    await till.parts.forgetting.forget_cards(deletion.shown_id)
    await till.hear()
    states = await rows(
        database, "select distinct state from webhooks where attempts > 1 or state = 'parked'"
    )
    assert states == []
    assert await one(database, "select count(*) from webhooks where kind = 'customer.deleted'") == 1


async def test_a_crash_between_provider_and_books_is_made_up_for(
    database: Database, till: Till, house: House, deletion: Deletion
) -> None:
    await till.stripe.forget_customer((await profile_of(database, house)).stripe_customer_id or "")
    assert (await till.parts.forgetting.forget_cards(deletion.shown_id)).cards == 0
    assert (await profile_of(database, house)).stripe_customer_id is None


async def test_the_certificate_says_so(database: Database, till: Till, deletion: Deletion) -> None:
    forgotten = await till.parts.forgetting.forget_cards(deletion.shown_id)
    order = EraseOrder(deletion_id=deletion.shown_id, cards=forgotten.cards, archive_seconds=60)
    erasing = DeletionErasing(database, PrivacyLetters(SENDER, MailSecrets("secret")))
    await ActivityEnvironment().run(erasing.erase_organization, order)
    facts = json.loads(await one(database, "select document from certificates"))
    assert {"what": "cards and bank accounts saved at the payment provider", "count": 1} in facts["erased"]
    assert any("charges and refunds stay with the provider" in note for note in facts["notes"])


async def test_while_an_invoice_is_open_the_card_stays_and_goes_with_the_day_it_is_settled(
    database: Database, till: Till, house: House, deletion: Deletion
) -> None:
    await run(database, "update invoices set amount_paid_nanos = 0, state = 'finalized'")
    customer = (await profile_of(database, house)).stripe_customer_id or ""
    assert (await till.parts.forgetting.forget_cards(deletion.shown_id)).cards is None
    await run(database, "update organizations set state = 'deleted' where name = 'Acme'")
    assert await till.parts.forgetting.forget_settled_cards(Day(at=NOW)) == 0
    assert await at_stripe(till, customer) == (False, 1)
    await run(database, "update organizations set billing_email = 'x@erased.invalid' where name = 'Acme'")
    assert await till.parts.forgetting.forget_settled_cards(Day(at=NOW)) == 1
    assert await at_stripe(till, customer) == (True, 0)
    assert await till.parts.forgetting.forget_settled_cards(Day(at=NOW)) == 0


async def test_a_legal_hold_keeps_the_card(
    database: Database, till: Till, house: House, deletion: Deletion
) -> None:
    await run(
        database,
        "insert into legal_holds (id, organization_id, reason, placed_by, placed_at) "
        "values (uuidv7(), :acme, 'lawsuit', :by, now())",
        acme=house.acme,
        by=house.id_of("stella"),
    )
    waiting = await till.parts.forgetting.forget_cards(deletion.shown_id)
    assert (waiting.cards, waiting.obstacle) == (None, "the legal hold to be lifted")
    assert (await profile_of(database, house)).stripe_customer_id
