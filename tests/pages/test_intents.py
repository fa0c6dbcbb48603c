"""What could not be handed to a process: tried again, or dismissed with a reason."""

from datetime import UTC, datetime, timedelta

import pytest_asyncio
from playwright.async_api import Page, expect

from db import intents
from tests.pages.conftest import Console, Seen


@pytest_asyncio.fixture(loop_scope="session")
async def parked(console: Console) -> None:
    """Two intents that a billing run refused."""
    later = datetime.now(UTC) + timedelta(days=1)
    async with console.database.begin() as tx:
        for name in ("pause", "cancel"):
            await intents.insert(
                tx,
                key=f"{name} of a page {later}",
                kind="update",
                workflow="BillingRun",
                workflow_id="billing-run/of-a-page",
                name=name,
                payload={},
                due_at=later,
            )
        for intent in await intents.list_undelivered(tx, parked=False, after=None, limit=2):
            await intents.park(tx, intent_id=intent.id, now=later, error="wrong_state: It is paused already")


async def test_what_a_process_refused_is_seen_from_the_overview_and_settled(
    tab: Page, parked: None, seen: Seen
) -> None:
    await tab.goto("/console")
    await tab.get_by_role("link", name="Not delivered to processes").click()
    await expect(tab.locator("#rows tbody tr")).to_have_count(2)
    await seen(tab, name="intents")
    row = tab.get_by_role("row").filter(has_text="Cancel")
    await row.get_by_text("Dismiss…").click()
    await row.get_by_label("Why").fill("somebody paused it first")
    await row.get_by_role("button", name="Dismiss").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    await expect(tab.get_by_text("It is dismissed and will not be delivered.")).to_be_visible()
    await expect(tab.locator("#rows tbody tr")).to_have_count(1)
    await tab.get_by_role("button", name="Try again").click()
    await expect(tab.get_by_text("It is delivered again.")).to_be_visible()
