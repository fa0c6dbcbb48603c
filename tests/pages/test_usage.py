"""The requests explorer, as people use it."""

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_the_explorer_shows_the_newest_requests_and_their_sums(
    tab: Page, month: Month, seen: Seen
) -> None:
    await tab.goto("/console/usage")
    await expect(tab.get_by_role("cell", name="Cobalt Labs").first).to_be_visible()
    await expect(tab.get_by_text("Download as CSV")).to_be_visible()
    await seen(tab, name="usage")


async def test_a_record_shows_price_cost_margin_and_the_invoice_line(
    tab: Page, month: Month, seen: Seen
) -> None:
    await tab.goto(f"/console/usage/{show('org', month.cobalt)}/known")
    await expect(tab.get_by_text("Client price").locator("..")).to_contain_text("3.60")
    await expect(tab.get_by_role("link", name="gpt-4o input tokens")).to_be_visible()
    await seen(tab, name="usage-record")
