"""What starts by the calendar: held with a reason, and let go on."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from activities.schedules import billing
from gateways.temporal import schedules
from gateways.temporal.connection import Temporal
from tests.pages.conftest import Console, Seen
from tests.world import an_organization

ZONE = "Pacific/Marquesas"


@pytest_asyncio.fixture(loop_scope="session")
async def planned(console: Console, errands: Temporal) -> AsyncIterator[str]:
    """The month-end of a zone of its own, among the house's schedules."""
    await an_organization(console.database, name="Nuku Hiva", zone=ZONE)
    await schedules.ensure(errands, billing(ZONE))
    yield f"Month-end in {ZONE}"
    await errands.client.get_schedule_handle(f"billing/{ZONE}").delete()


async def test_a_month_end_is_held_and_goes_on(tab: Page, planned: str, seen: Seen) -> None:
    await tab.goto("/console/processes")
    await tab.get_by_role("link", name="Schedules").click()
    row = tab.get_by_role("row").filter(has_text=planned)
    await expect(row).to_contain_text("scheduled")
    await row.get_by_text("Pause…").click()
    await row.get_by_label("Why").fill("prices are being checked")
    await seen(tab, name="schedules")
    await row.get_by_role("button", name="Pause").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Pause").click()
    await expect(tab.get_by_text("It is paused.")).to_be_visible()
    await expect(row).to_contain_text("prices are being checked (stella@example.com)")
    await row.get_by_role("button", name="Resume").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Resume").click()
    await expect(tab.get_by_text("It goes on.")).to_be_visible()
    await expect(row).to_contain_text("scheduled")
