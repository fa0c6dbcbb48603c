"""The overview: figures of a window, charts with their tables, and what needs attention."""

from playwright.async_api import Page, expect

from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_it_shows_money_requests_and_what_needs_attention(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console")
    await expect(tab.locator(".tile", has_text="Revenue").first).to_contain_text("USD")
    await expect(tab.locator("#attention")).to_contain_text("Quarantine")
    await expect(tab.locator("#waiting")).not_to_contain_text("Asking Temporal")
    await expect(tab.locator(".chart canvas")).to_have_count(4)
    await seen(tab, name="overview")


async def test_every_window_can_be_chosen(tab: Page, month: Month) -> None:
    await tab.goto("/console")
    for name in ("1h", "4h", "12h", "1d", "7d", "30d", "90d", "365d"):
        await tab.get_by_role("link", name=name, exact=True).click()
        await expect(tab.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "true")


async def test_every_chart_is_also_a_table(tab: Page, month: Month) -> None:
    await tab.goto("/console")
    tables = tab.get_by_text("As a table")
    await tables.first.click()
    await expect(tab.get_by_role("columnheader", name="Provider cost")).to_be_visible()


async def test_times_are_the_readers_and_keep_utc_in_their_tooltip(tab: Page, month: Month) -> None:
    await tab.goto("/console/organizations")
    row = tab.get_by_role("row").filter(has_text="Borealis Health")
    shown = row.locator("time[data-style=moment]")
    await expect(shown).to_have_text("20 Nov 2026 19:00")
    await expect(shown).to_have_attribute("title", "2026-11-21 00:00:00 UTC")


async def test_the_chosen_theme_is_remembered(tab: Page, month: Month) -> None:
    await tab.goto("/console/organizations")
    await tab.get_by_role("button", name="Switch between light and dark").click()
    await tab.goto("/console/audit")
    await expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")


async def test_the_menu_opens_on_a_telephone(tab: Page) -> None:
    await tab.set_viewport_size({"width": 390, "height": 844})
    await tab.goto("/console/organizations")
    await tab.get_by_role("button", name="Menu").click()
    await tab.get_by_role("link", name="Outbox").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Outbox")
