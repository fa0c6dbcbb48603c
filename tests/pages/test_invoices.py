"""Invoices: read, explained, corrected, collected."""

from datetime import date
from uuid import UUID

from playwright.async_api import Page, expect

from db import invoices
from domain.ids import show
from domain.invoice.record import Invoice
from tests.monthend import OCTOBER
from tests.pages.conftest import Console, Seen
from tests.pages.month import SEPTEMBER, Month


async def invoice_of(console: Console, organization_id: UUID, period: date = OCTOBER) -> Invoice:
    filters = invoices.Filters(organization_id=organization_id, period=period, kind="invoice")
    async with console.database.begin() as tx:
        return (await invoices.list_page(tx, filters=filters, after=None, limit=1))[0]


async def open_invoice(tab: Page, console: Console, organization_id: UUID, period: date = OCTOBER) -> Invoice:
    invoice = await invoice_of(console, organization_id, period)
    await tab.goto(f"/console/invoices/{show('in', invoice.id)}")
    return invoice


async def record_transfer(tab: Page, amount: str) -> None:
    await tab.get_by_text("Record a received transfer").click()
    await tab.get_by_label("Amount in EUR").fill(amount)
    await tab.get_by_label("Received on").fill("2026-11-20")
    await tab.get_by_role("button", name="Record", exact=True).click()


async def credit(tab: Page, amount: str, reason: str) -> None:
    await tab.get_by_label("Amount with tax").fill(amount)
    await tab.get_by_label("Reason, printed on it").fill(reason)
    await tab.get_by_role("button", name="Issue the credit note").click()


async def void(tab: Page) -> None:
    await tab.get_by_text("Void it").click()
    await tab.get_by_label("Reason, printed on the credit note").fill("Billed to the wrong company")
    await tab.get_by_role("button", name="Void the invoice").click()


async def confirm(tab: Page, button: str, *texts: str) -> None:
    dialog = tab.get_by_role("dialog")
    for text in texts:
        await expect(dialog).to_contain_text(text)
    await dialog.get_by_role("button", name=button).click()


async def test_invoices_are_found_by_organization_and_state(tab: Page, month: Month, seen: Seen) -> None:
    await seen(tab, "/console/invoices")
    await tab.get_by_label("Organization").fill("Cobalt Labs")
    await tab.get_by_label("State").select_option("finalized")
    await expect(tab.get_by_role("row").filter(has_text="Delta Freight")).to_have_count(0)
    await expect(tab.get_by_role("row").filter(has_text="Cobalt Labs").first).to_be_visible()


async def test_an_invoice_shows_lines_payments_mails_and_postings(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.cobalt)
    await expect(tab.get_by_text("Declined: insufficient funds")).to_be_visible()
    await expect(tab.get_by_text("late usage").first).to_be_visible()
    await expect(tab.get_by_text("No collection runs for it.")).to_be_visible()
    await seen(tab, name="invoice")


async def test_an_invoice_that_was_not_sent_says_so_and_can_be_delivered(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    invoice = await invoice_of(console, month.cobalt, SEPTEMBER)
    await tab.goto("/console/invoices?delivered=no")
    await expect(tab.get_by_role("row").filter(has_text="October 2026")).to_have_count(0)
    await tab.get_by_role("link", name=invoice.number or "").click()
    await expect(tab.get_by_text("The client has not seen it and nothing is collected.")).to_be_visible()
    await expect(tab.get_by_role("button", name="Deliver it")).to_be_visible()
    await seen(tab, name="invoice-not-sent")


async def test_a_prepaid_invoice_is_settled_from_credits(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.ember)
    await expect(tab.get_by_text("Settled from credits").first).to_be_visible()
    await seen(tab, name="invoice-prepaid")


async def test_the_explanation_leads_from_the_line_to_the_record(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    invoice = await invoice_of(console, month.cobalt)
    await tab.goto(f"/console/invoices/{show('in', invoice.id)}/explain")
    await expect(tab.get_by_text("does not hold")).to_have_count(0)
    await seen(tab, name="invoice-explain")
    await tab.get_by_role("link", name="gpt-4o input tokens", exact=True).click()
    await expect(tab.get_by_role("row").filter(has_text="known")).to_contain_text("1.80")
    await seen(tab, name="invoice-explain-line")


async def test_a_transfer_is_recorded_after_its_amount_is_confirmed(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.delta)
    await record_transfer(tab, "1.00")
    await confirm(tab, "Record", "Record 1.00 EUR received on 2026-11-20?")
    await expect(tab.get_by_text("1.00 EUR are recorded and posted")).to_be_visible()


async def test_a_part_is_credited_and_the_credit_note_says_why(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.delta)
    await tab.get_by_text("Issue a credit note").first.click()
    await credit(tab, "2.00", "Slow answers on the 12th")
    await confirm(tab, "Issue the credit note", "Credit 2.00 EUR", "Slow answers on the 12th")
    await expect(tab.get_by_text("over 2.00 EUR is issued")).to_be_visible()
    await seen(tab, name="invoice-credit-note")


async def test_more_than_is_open_cannot_be_credited(tab: Page, console: Console, month: Month) -> None:
    await open_invoice(tab, console, month.delta)
    await tab.get_by_text("Issue a credit note").first.click()
    await credit(tab, "90000.00", "Too much")
    await confirm(tab, "Issue the credit note")
    await expect(tab.get_by_role("alert")).to_contain_text("of this invoice can be credited")


async def test_an_unpaid_invoice_is_voided(tab: Page, console: Console, month: Month) -> None:
    invoice = await open_invoice(tab, console, month.ember)
    await void(tab)
    await confirm(tab, "Void the invoice", f"Void {invoice.number} over")
    await expect(tab.get_by_text(f"{invoice.number} is void")).to_be_visible()


async def test_an_invoice_that_was_taken_back_unseen_is_not_offered_for_delivery(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.cobalt, SEPTEMBER)
    await expect(tab.get_by_role("button", name="Deliver it")).to_be_visible()
    await void(tab)
    await confirm(tab, "Void the invoice", "The client hears nothing of it.")
    await expect(
        tab.get_by_text("It was taken back before the client saw it, and is not sent.")
    ).to_be_visible()
    await expect(tab.get_by_role("button", name="Deliver it")).to_have_count(0)
    await seen(tab, name="invoice-taken-back")


async def test_what_was_paid_too_much_and_what_is_credited_afterwards_become_credits(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await open_invoice(tab, console, month.delta)
    await record_transfer(tab, "90000.00")
    await confirm(tab, "Record", "that are open: record nothing")
    await expect(tab.get_by_role("alert")).to_contain_text("become the client's credits")
    await tab.get_by_label("If it is more than is open").select_option("credits")
    await tab.get_by_role("button", name="Record", exact=True).click()
    await confirm(tab, "Record", "that are open: the rest becomes the client’s credits")
    await expect(tab.get_by_text("EUR of it are in the client’s credits")).to_be_visible()
    await expect(tab.get_by_text("was too much and became credits")).to_be_visible()
    await expect(tab.get_by_text("Record a transfer that came besides")).to_be_visible()
    await tab.get_by_text("Issue a credit note").first.click()
    await expect(tab.get_by_text("It was paid, and becomes the client’s credits.")).to_be_visible()
    await seen(tab, name="invoice-paid-correction")
    await credit(tab, "1.00", "Charged twice for the 12th")
    await confirm(tab, "Issue the credit note", "what is more becomes the client’s credits")
    await expect(tab.get_by_text("1.00 EUR of it are in the client’s credits")).to_be_visible()
    await expect(tab.get_by_role("row").filter(has_text="Of it, given as credits")).to_contain_text("1.00")
    await seen(tab, name="invoice-returned-credit-note")
