"""The price book, as people keep it."""

from playwright.async_api import Page, expect

from tests.pages.conftest import Seen
from tests.pages.month import Month


async def test_the_book_shows_what_holds_now_beside_the_list(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/prices")
    row = tab.get_by_role("row").filter(has_text="claude-sonnet-4").filter(has_text="USD")
    await expect(row).to_contain_text("1.20 ×")
    await seen(tab, name="prices")


async def test_searching_keeps_only_what_matches(tab: Page, month: Month) -> None:
    await tab.goto("/console/prices")
    await tab.get_by_label("Search").press_sequentially("sonnet")
    await expect(tab.get_by_role("row").filter(has_text="gpt-4o-mini")).to_have_count(0)
    await expect(tab).to_have_url("/console/prices?search=sonnet&show=current")


async def test_a_price_below_cost_is_told_before_it_is_published(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/prices/new?provider=openai&model=gpt-4o&currency=USD")
    await tab.get_by_label("Input per million", exact=True).fill("1.00")
    await tab.get_by_label("Output per million").fill("20")
    await expect(tab.get_by_text("Below cost: input, cached input")).to_be_visible()
    await seen(tab, name="prices-new")


async def test_a_backdated_price_for_one_organization_says_what_follows(
    tab: Page, month: Month, seen: Seen
) -> None:
    await tab.goto("/console/prices/new?provider=openai&model=gpt-4o&currency=USD")
    await tab.get_by_label("Input per million", exact=True).fill("2.80")
    await tab.get_by_label("Output per million").fill("11")
    await tab.get_by_label("Begins").fill("2026-01-01T00:00")
    await tab.get_by_label("Only for").fill("Cobalt Labs")
    await tab.get_by_text("Other rates for long requests").click()
    for label, amount in (("above input tokens", "200 000"), ("input", "5.60"), ("output", "22")):
        await tab.get_by_label(f"Tier 1 {label}", exact=True).fill(amount)
    await expect(tab.get_by_text("It begins in the past.")).to_be_visible()
    await tab.get_by_role("button", name="Publish").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Publish 2.80 in and 11 out USD")
    await tab.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(tab.get_by_text("usage that was priced before keeps its price")).to_be_visible()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("gpt-4o")
    await expect(tab.get_by_role("row").filter(has_text="200,000 tokens")).to_contain_text("5.60")
    await seen(tab, name="prices-one")


async def test_an_alias_is_added_and_removed(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/model-aliases")
    await tab.get_by_label("Provider").fill("azure")
    await tab.get_by_label("Reported as").fill("our-deployment")
    await tab.get_by_label("Priced as").fill("gpt-4o")
    await tab.get_by_role("button", name="Add").click()
    await expect(tab.get_by_role("cell", name="our-deployment", exact=True)).to_be_visible()
    await seen(tab, name="model-aliases")
    await tab.get_by_role("button", name="Remove our-deployment").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(tab.get_by_text("is no name of a model any more")).to_be_visible()


async def test_list_prices_stand_beside_ours(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/list-prices?search=openai/gpt-4o-mini")
    await expect(tab.get_by_role("row").filter(has_text="gpt-4o-mini").first).to_contain_text("1.33 ×")
    await seen(tab, name="list-prices")
