"""Monthly charges beside usage, as people agree and end them."""

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_a_charge_is_agreed_and_ended(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto(f"/console/organizations/{show('org', month.fjord)}/charges")
    await tab.get_by_label("Description, printed").fill("A100 node, Frankfurt")
    await tab.get_by_label("Amount a month").fill("1200.00")
    await tab.get_by_label("First day").fill("2027-01-15")
    await tab.get_by_role("button", name="Agree the charge").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Bill Fjord Analytics 1200.00 USD every month")
    await tab.get_by_role("dialog").get_by_role("button", name="Agree the charge").click()
    await expect(tab.get_by_role("cell", name="A100 node, Frankfurt")).to_be_visible()
    await seen(tab, name="organization-charges")
    await tab.get_by_label("Last day of A100 node, Frankfurt").fill("2027-06-30")
    await tab.get_by_role("button", name="End it").click()
    await tab.get_by_role("dialog").get_by_role("button", name="End it").click()
    await expect(tab.get_by_role("cell", name="30 Jun 2027")).to_be_visible()
