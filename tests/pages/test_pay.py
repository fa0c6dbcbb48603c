"""Where the links in letters lead: how to transfer, and the words of thanks."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import text

from db import invoices
from domain.invoice.record import Invoice
from domain.payment_link import payment_token
from tests.monthend import OCTOBER
from tests.pages.conftest import Console, Seen
from tests.pages.month import Month


@pytest_asyncio.fixture(loop_scope="session")
async def by_transfer(console: Console, month: Month) -> AsyncIterator[Invoice]:
    """An open invoice of somebody who pays by transfer while the test lasts."""
    agree = text("update billing_profiles set collection_method = :way where organization_id = :id")
    filters = invoices.Filters(organization_id=month.cobalt, period=OCTOBER, kind="invoice")
    async with console.database.begin() as tx:
        await tx.execute(agree, {"way": "bank_transfer", "id": month.cobalt})
        found = await invoices.list_page(tx, filters=filters, after=None, limit=1)
    yield found[0]
    async with console.database.begin() as tx:
        await tx.execute(agree, {"way": "card", "id": month.cobalt})


async def test_who_pays_by_transfer_reads_where_the_money_goes(
    nobody: Page, console: Console, by_transfer: Invoice, seen: Seen
) -> None:
    token = payment_token(by_transfer.id, console.app.state.settings.session_secret)
    await seen(nobody, f"/pay/{token}", name="pay-transfer")
    heading = f"How to pay invoice {by_transfer.number}"
    await expect(nobody.get_by_role("heading", name=heading)).to_be_visible()
    await expect(nobody.get_by_text("quote the reference")).to_be_visible()


async def test_a_saved_card_and_a_payment_are_thanked_for_each_as_it_is(nobody: Page, seen: Seen) -> None:
    await seen(nobody, "/pay/saved", name="pay-saved")
    await expect(nobody.get_by_text("Your card is saved.")).to_be_visible()
    await seen(nobody, "/pay/done", name="pay-done")
    await expect(nobody.get_by_text("Your payment is on its way.")).to_be_visible()
