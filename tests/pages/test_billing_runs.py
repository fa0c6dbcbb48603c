"""Month-ends: previewed, confirmed with their amounts, watched and decided."""

from datetime import UTC, datetime

from playwright.async_api import Page, expect

from db import billing_run_items, billing_runs
from domain.billing_run import RunState
from domain.ids import read, show
from tests.monthend import a_run, invoice_all
from tests.pages.conftest import Console, Seen
from tests.pages.month import Month


async def test_runs_and_previews_are_listed(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto("/console/billing-runs?period=2026-10")
    await expect(tab.get_by_role("row").filter(has_text="preview")).to_contain_text("completed")
    await seen(tab, name="billing-runs")


async def test_a_preview_shows_why_somebody_would_be_held(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto(f"/console/billing-runs/{show('run', month.preview.id)}")
    row = tab.get_by_role("row").filter(has_text="Fjord Analytics")
    await expect(row).to_contain_text("more than last month")
    await seen(tab, name="billing-run-preview")


async def test_a_preview_of_named_organizations_becomes_a_run_after_its_amounts_are_confirmed(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await seen(tab, "/console/billing-runs/new")
    await tab.get_by_label("Month").fill("2026-10")
    await tab.get_by_label("Organizations").fill("Cobalt Labs\nEmber Studio")
    await tab.get_by_role("button", name="Preview").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Preview of October 2026")
    await end(console, tab)
    await expect(tab.get_by_text("every organization is invoiced already")).to_be_visible()


async def test_the_confirmation_names_count_and_amount(tab: Page, console: Console, month: Month) -> None:
    await tab.goto(f"/console/billing-runs/{show('run', month.preview.id)}")
    await tab.get_by_role("button", name="Invoice 3 organizations").click()
    dialog = tab.get_by_role("dialog")
    await expect(dialog).to_contain_text("Invoice 3 organizations for October 2026, together")
    await expect(dialog).to_contain_text("EUR")
    await dialog.get_by_role("button", name="Invoice 3 organizations").click()
    await expect(tab.get_by_text("The month-end has begun.")).to_be_visible()


async def test_progress_is_seen_as_it_happens_and_the_run_can_be_paused(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    await tab.goto("/console/billing-runs/new")
    await tab.get_by_role("button", name="Preview").click()
    await expect(tab.get_by_text("0 of 0 organizations")).to_be_visible()
    await move(console, tab, "running")
    await expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    await seen(tab, name="billing-run-running")
    await move(console, tab, "paused")
    await expect(tab.get_by_role("button", name="Resume")).to_be_visible()


async def test_progress_is_asked_for_where_events_do_not_come_through(
    tab: Page, console: Console, month: Month
) -> None:
    await tab.route("**/events", lambda route: route.fulfill(status=404))
    await tab.goto("/console/billing-runs/new")
    await tab.get_by_role("button", name="Preview").click()
    await expect(tab.get_by_text("0 of 0 organizations")).to_be_visible()
    await move(console, tab, "running")
    await expect(tab.get_by_role("button", name="Pause")).to_be_visible()


async def test_a_run_that_failed_is_a_tile_and_is_taken_up_from_its_page(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    run = await a_run(console.database, organization_ids=[month.cobalt])
    async with console.database.begin() as tx:
        facts = {"run_id": run.id, "stage": "failed", "now": datetime.now(UTC)}
        await billing_runs.move(tx, state="failed", last_error="The disk was full", **facts)
    await seen(tab, "/console", name="overview-month-ends")
    await tab.get_by_role("link", name="Month-ends that need somebody").click()
    await expect(
        tab.get_by_role("row").filter(has_text="completed").filter(has_text="preview")
    ).to_have_count(0)
    await expect(tab.get_by_role("row").filter(has_text="failed: The disk was full")).to_be_visible()
    await seen(tab, name="billing-runs-waiting")
    await tab.get_by_role("row").filter(has_text="failed").get_by_role("link", name="October 2026").click()
    await seen(tab, name="billing-run-failed")
    await tab.get_by_role("button", name="Try again").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("What is invoiced stays")
    await tab.get_by_role("dialog").get_by_role("button", name="Try again").click()
    await expect(tab.get_by_text("The run is taken up where it stopped.")).to_be_visible()
    await move(console, tab, "cancelled")


async def test_a_held_invoice_is_discarded_with_its_amount_named(tab: Page, month: Month, seen: Seen) -> None:
    await tab.goto(f"/console/billing-runs/{show('run', month.run.id)}?state=held")
    await seen(tab, name="billing-run-held")
    await tab.get_by_role("button", name="Release Fjord Analytics").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Issue the invoice of Fjord Analytics over")
    await tab.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await tab.get_by_role("button", name="Discard Fjord Analytics").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("USD")
    await tab.get_by_role("dialog").get_by_role("button", name="Discard").click()
    await expect(tab.get_by_text("The draft for Fjord Analytics is gone")).to_be_visible()


async def move(console: Console, tab: Page, state: RunState) -> None:
    """The run of the page moves on, as its process moves it."""
    run_id = read("run", tab.url.rpartition("/")[2])
    async with console.database.begin() as tx:
        await billing_runs.move(tx, run_id=run_id, state=state, stage=state, now=datetime.now(UTC))


async def end(console: Console, tab: Page) -> None:
    """The preview of the page is computed and ends."""
    run_id = read("run", tab.url.rpartition("/")[2])
    async with console.database.begin() as tx:
        run = await billing_runs.get(tx, run_id=run_id)
        await billing_run_items.freeze(tx, run, size=200)
    await invoice_all(console.database, run)
    await move(console, tab, "completed")
