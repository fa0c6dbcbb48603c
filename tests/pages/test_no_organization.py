"""Nina has an account and no organization: a plain page, her own account, and the way back in by an invitation."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from db import users
from domain.ids import show
from tests.api.conftest import NOW, PASSWORD_HASH, user
from tests.pages.conftest import Console, Seen, enter
from tests.pages.test_invite import csrf, link

HOME = "/account/organizations"


async def nina(console: Console, name: str) -> None:
    """Somebody who belongs nowhere."""
    async with console.database.begin() as tx:
        await users.ensure(tx, user(name, "client"), password_hash=PASSWORD_HASH)


async def invite(tab: Page, console: Console, email: str) -> str:
    """Stella invites her to Borealis; the path of the letter's link."""
    await enter(tab, "stella")
    path = f"/v1/organizations/{show('org', console.world.borealis)}/invites"
    headers = {"X-CSRF-Token": await csrf(tab)}
    answer = await tab.context.request.post(path, data={"email": email, "role": "viewer"}, headers=headers)
    made = await answer.json()
    await tab.context.clear_cookies()
    return await link(console, made["id"])


async def test_who_belongs_nowhere_sees_a_plain_page_instead_of_the_portal(
    nobody: Page, console: Console, seen: Seen
) -> None:
    await nina(console, "nina")
    await enter(nobody, "nina")
    await nobody.goto("/")
    await expect(nobody).to_have_url(HOME)
    await expect(nobody.get_by_role("heading", name="You belong to no organization")).to_be_visible()
    await seen(nobody, HOME, name="no-organization")
    answer = await nobody.goto("/portal/wallet")
    assert answer is not None
    assert answer.status == 403
    await expect(nobody.get_by_role("heading", name="You belong to no organization")).to_be_visible()
    await nobody.get_by_role("link", name="Make an archive").click()
    await expect(nobody.get_by_role("button", name="Make an archive")).to_be_visible()
    await expect(nobody.get_by_role("button", name="Erase my account")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_double_click_joins_once_and_leaves_one_signed_in(
    browser: Browser, browser_context_args: dict[str, Any], console: Console, scripts: bool
) -> None:
    name = f"nelly-{scripts}".lower()
    await nina(console, name)
    context = await browser.new_context(**browser_context_args, java_script_enabled=scripts)
    tab = await context.new_page()
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    path = await invite(tab, console, f"{name}@example.com")
    await enter(tab, name)
    await tab.goto(path)
    await tab.get_by_role("button", name="Join Borealis Health").dblclick()
    await expect(tab).to_have_url("/portal")
    await expect(tab.get_by_text("Welcome to Borealis Health.")).to_be_visible()
    assert len(sent) == 1 or not scripts
    await context.close()


async def test_an_invitation_leads_back_into_the_portal(nobody: Page, console: Console, seen: Seen) -> None:
    await nina(console, "nora")
    path = await invite(nobody, console, "nora@example.com")
    await nobody.goto(path)
    await nobody.get_by_role("link", name="Sign in to join").click()
    await enter(nobody, "nora")
    await seen(nobody, path, name="no-organization-invite")
    await nobody.get_by_role("button", name="Join Borealis Health").click()
    await expect(nobody).to_have_url("/portal")
    await expect(nobody.get_by_text("Welcome to Borealis Health.")).to_be_visible()
    await nobody.goto("/portal/members")
    await nobody.get_by_role("button", name="Leave").click()
    await nobody.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(nobody.get_by_text("You have left.")).to_be_visible()
    await enter(nobody, "nora")
    await nobody.goto("/")
    await expect(nobody).to_have_url(HOME)


async def test_of_several_organizations_one_is_chosen_in_the_account(
    nobody: Page, console: Console, seen: Seen
) -> None:
    await nina(console, "nadia")
    await enter(nobody, "nadia")
    async with console.database.begin() as tx:
        found = await users.find_credentials(tx, email="nadia@example.com")
        assert found is not None
        for where in (console.world.acme, console.world.borealis):
            await users.insert_membership(
                tx, organization_id=where, user_id=found.user.id, role="viewer", now=NOW
            )
    await nobody.goto("/portal")
    await expect(nobody.get_by_text("You are signed in without an organization.")).to_be_visible()
    await seen(nobody, HOME, name="organizations-to-choose")
    await nobody.get_by_role("button", name=re.compile("Work here.*Borealis Health")).click()
    await expect(nobody).to_have_url("/portal")
    await expect(nobody.get_by_text("You now work in Borealis Health.")).to_be_visible()
    await seen(nobody, HOME, name="organizations-chosen")
