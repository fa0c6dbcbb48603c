"""Usage that waits for a price, from the group to its release."""

from playwright.async_api import Page, expect

from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_a_group_shows_its_count_and_what_is_at_stake(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/quarantine")
    row = tab.get_by_role("row").filter(has_text="claude-opus-4")
    await expect(row).to_contain_text("12")
    await expect(row).to_contain_text("USD")
    await seen(tab, name="quarantine")


async def test_a_price_is_added_for_a_group_and_the_records_are_released(
    tab: Page, month: Month, seen: Seen
) -> None:
    await tab.goto("/console/quarantine")
    row = tab.get_by_role("row").filter(has_text="voice_minutes")
    await row.get_by_role("link", name="Add a price").click()
    await expect(tab.get_by_label("Meter")).to_have_value("voice_minutes")
    await tab.get_by_label("Price of one unit").fill("0.10")
    await tab.get_by_label("One unit is a").fill("minutes")
    await seen(tab, name="prices-new-meter")
    await tab.get_by_role("button", name="Publish").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(tab.get_by_text("In quarantine 1 record can be released now")).to_be_visible()
    await tab.get_by_role("link", name="See what their release would charge").click()
    await expect(tab.get_by_role("row", name="Delta Freight")).to_contain_text("3.55")
    await seen(tab, name="quarantine-release")
    await tab.get_by_role("button", name="Charge 1 record").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("3.55 EUR")
    await tab.get_by_role("dialog").get_by_role("button", name="Charge 1 record").click()
    await expect(tab.get_by_text("Charged 1 record to 1 organization: 3.55 EUR.")).to_be_visible()
