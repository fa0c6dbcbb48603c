"""Invitations that do not fit on one page are a page further, and those that wait come first."""

import re

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Console, Seen
from tests.pages.test_invite import invited


async def test_invitations_beyond_the_first_page_are_reached(tab: Page, console: Console, seen: Seen) -> None:
    for number in range(3):
        await invited(tab, console, f"waiting-{number}@example.com")
    path = f"/console/organizations/{show('org', console.world.acme)}/people?limit=2"
    await seen(tab, path, name="people-first-page")
    await tab.get_by_role("link", name="Next page").click()
    await expect(tab).to_have_url(re.compile("cursor="))
    await expect(tab.get_by_text(re.compile("Invite sent to ")).first).to_be_visible()
    await seen(tab, name="people-next-page")
    await tab.get_by_role("link", name="To the beginning").click()
    await expect(tab.get_by_text("Invite sent to waiting-2@example.com")).to_be_visible()
