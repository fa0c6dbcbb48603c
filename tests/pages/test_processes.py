"""Processes: why one waits, and holding it, letting it go on, ending its wait."""

import uuid

import pytest_asyncio
from playwright.async_api import Page, expect

from domain.ids import show
from gateways.temporal.connection import Temporal
from tests.pages.conftest import Console, Seen
from tests.workflows.errand import ErrandInput


@pytest_asyncio.fixture(loop_scope="session")
async def errand(console: Console, errands: Temporal) -> str:
    """The id of an errand that waits for three days."""
    workflow_id = f"errand/{uuid.uuid4().hex}"
    given = ErrandInput(organization_id=show("org", console.world.acme))
    await errands.client.start_workflow("Errand", given, id=workflow_id, task_queue=errands.task_queue)
    return workflow_id


async def tell(tab: Page, label: str, reason: str) -> None:
    form = tab.locator("form.act", has=tab.get_by_role("button", name=label))
    await form.get_by_label("Reason").fill(reason)
    await form.get_by_role("button", name=label).click()


async def test_a_process_says_why_it_waits_and_is_held_and_continued(
    tab: Page, errand: str, seen: Seen
) -> None:
    await seen(tab, f"/console/processes/{errand}", name="process")
    await expect(tab.locator("#stands")).to_contain_text("somebody to finish it")
    await tell(tab, "Hold it", "the client asked for a day")
    await tab.get_by_role("dialog").get_by_role("button", name="Hold it").click()
    await expect(tab.get_by_text("It holds where it is.")).to_be_visible()
    await expect(tab.locator("#stands")).to_contain_text("the client asked for a day")
    await tell(tab, "Let it go on", "")
    await expect(tab.get_by_text("It goes on.")).to_be_visible()


async def test_a_wait_is_ended_and_the_page_follows(tab: Page, errand: str) -> None:
    await tab.goto(f"/console/processes/{errand}")
    await tell(tab, "End the present wait", "done by telephone")
    await tab.get_by_role("dialog").get_by_role("button", name="End the present wait").click()
    await expect(tab.locator("#stands")).to_contain_text("it has ended")
    await expect(tab.get_by_role("heading", name="Tell it")).to_have_count(0)


async def test_the_list_is_filtered_and_links_to_each(tab: Page, errand: str, seen: Seen) -> None:
    await tab.goto("/console/processes?running=true&kind=Errand")
    await expect(tab.locator("#rows tbody tr").first).to_contain_text("somebody to finish it")
    await seen(tab, name="processes")
    await tab.locator("#rows tbody tr").first.get_by_role("link").first.click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Errand")


async def test_an_unknown_process_is_not_found(tab: Page) -> None:
    answer = await tab.goto("/console/processes/collection/in_0")
    assert answer is not None
    assert answer.status == 404
