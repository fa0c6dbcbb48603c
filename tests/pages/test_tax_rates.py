"""Tax rates, as people register them."""

from playwright.async_api import Page, expect

from tests.pages.conftest import Seen


async def test_a_rate_is_added_after_it_is_confirmed(tab: Page, seen: Seen) -> None:
    await tab.goto("/console/tax-rates")
    await tab.locator("#f-country-new").fill("US")
    await tab.get_by_label("Region").fill("NY")
    await tab.get_by_label("Name on the invoice").fill("Sales tax")
    await tab.get_by_label("Percent").fill("8.875")
    await tab.get_by_label("From").fill("2027-01-01")
    await tab.get_by_role("button", name="Add").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Charge Sales tax of 8.875 % in US NY")
    await tab.get_by_role("dialog").get_by_role("button", name="Add").click()
    await expect(tab.get_by_role("cell", name="8.875 %")).to_be_visible()
    await seen(tab, name="tax-rates")
