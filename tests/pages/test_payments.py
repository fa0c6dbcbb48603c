"""Payments of the whole house: found by state, with the reasons why charges failed."""

from playwright.async_api import Page, expect

from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_failed_charges_are_found_and_their_reasons_counted(
    tab: Page, month: Month, seen: Seen
) -> None:
    await seen(tab, "/console/payments", name="payments")
    failures = tab.get_by_role("region", name="Charges that failed")
    await expect(failures.get_by_role("row").filter(has_text="insufficient funds")).to_contain_text("dunning")
    await tab.get_by_label("State").select_option("failed")
    found = tab.get_by_role("region", name="Payments").get_by_role("row")
    await expect(found.filter(has_text="Cobalt Labs").first).to_contain_text("Declined: insufficient funds")
    await tab.get_by_label("State").select_option("processing")
    await expect(tab.get_by_text("Nothing passes these filters.")).to_be_visible()
