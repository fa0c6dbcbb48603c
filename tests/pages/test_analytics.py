"""Analytics, as people read them."""

import pytest
from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_the_platform_shows_totals_series_and_models(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/analytics?window=7d")
    await expect(tab.locator("figure .u-over")).to_have_count(4)
    await expect(tab.get_by_role("cell", name="openai/gpt-4o", exact=True).first).to_be_visible()
    await seen(tab, name="analytics")


@pytest.mark.parametrize("by", ["projects", "users", "keys", "bots"])
async def test_every_kind_of_part_can_be_looked_at(tab: Page, month: Month, seen: Seen, by: str) -> None:
    await tab.goto(f"/console/analytics?window=30d&by={by}&organization_id={show('org', month.cobalt)}")
    await expect(tab.locator("#parts tbody tr").first).to_be_visible()
    await seen(tab, name=f"analytics-{by}")


async def test_models_chosen_are_laid_side_by_side(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/analytics?window=30d")
    await tab.get_by_label("Compare openai/gpt-4o", exact=True).first.check()
    await tab.get_by_label("Compare anthropic/claude-sonnet-4").first.check()
    await tab.get_by_role("button", name="Compare those chosen").click()
    await expect(tab.get_by_role("columnheader", name="claude-sonnet-4").first).to_be_visible()
    await expect(tab.get_by_role("columnheader", name="gpt-4o", exact=True).first).to_be_visible()
    await seen(tab, name="analytics-models")


async def test_a_window_without_usage_says_what_to_do(tab: Page, month: Month) -> None:
    await tab.goto("/console/analytics?window=1h&project_id=prj_" + "0" * 32)
    await expect(tab.get_by_text("No usage in this window")).to_be_visible()
