"""Invitations in the browser: Alice invites from the portal, Stella from the console, the invited ones come in."""

import asyncio
import re
from typing import Any

from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from db import mails
from domain.ids import show
from tests.invitations import SECRETS
from tests.pages.conftest import Console, Seen, enter

PASSWORD = "seven purple otters juggling"


async def invited(tab: Page, console: Console, email: str, *, role: str = "viewer") -> dict[str, Any]:
    """Stella invites somebody to Acme behind the page."""
    token = await csrf(tab)
    path = f"/v1/organizations/{show('org', console.world.acme)}/invites"
    answer = await tab.context.request.post(
        path, data={"email": email, "role": role}, headers={"X-CSRF-Token": token}
    )
    assert answer.status == 201, await answer.text()
    made: dict[str, Any] = await answer.json()
    return made


async def csrf(tab: Page) -> str:
    current = await (await tab.context.request.get("/v1/sessions/current")).json()
    return str(current["csrf_token"])


async def link(console: Console, invite_id: str, generation: int = 1) -> str:
    """The link of its letter, once its process has written it."""
    key = f"invite:{invite_id}:{generation}"
    for _ in range(200):
        async with console.database.begin() as tx:
            found = await mails.list_page(
                tx, filters=mails.Filters(subject_id=invite_id), after=None, limit=9
            )
        letter = next((mail for mail in found if mail.key == key), None)
        if letter is not None:
            words = SECRETS.to_show(letter, local=True).text.split()
            return "/invite/" + next(word for word in words if "/invite/" in word).rpartition("/")[2]
        await asyncio.sleep(0.05)
    raise AssertionError(f"no letter {key}")


async def newest(console: Console, email: str) -> str:
    async with console.database.begin() as tx:
        query = text("select id from invites where email = :email order by id desc limit 1")
        return show("inv", (await tx.execute(query, {"email": email})).scalar_one())


async def test_somebody_new_is_invited_in_the_portal_and_comes_in(
    nobody: Page, console: Console, browser: Browser, seen: Seen
) -> None:
    await enter(nobody, "alice")
    await nobody.goto("/portal/members")
    await nobody.get_by_label("E-mail").last.fill("erin@example.com")
    await nobody.get_by_role("button", name="Send the invitation").click()
    await expect(nobody.get_by_text("The invitation for erin@example.com is on its way.")).to_be_visible()
    await expect(nobody.get_by_text("Invite sent to erin@example.com")).to_be_visible()
    await seen(nobody, "/portal/members", name="portal-members")
    path = await link(console, await newest(console, "erin@example.com"))
    await nobody.context.clear_cookies()
    assert (await nobody.context.request.head(path)).status == 200
    answer = await nobody.goto(path)
    assert answer is not None
    assert answer.headers["referrer-policy"] == "same-origin"
    await seen(nobody, path, name="invite-new")
    await nobody.get_by_label("Your name").fill("Erin Example")
    await nobody.get_by_label("Choose a password").fill("erin example")
    await expect(nobody.get_by_text("Easy to guess")).to_be_visible()
    await nobody.get_by_role("button", name="Join Acme Robotics").click()
    await expect(nobody.get_by_text("too close to your name")).to_be_visible()
    await expect(nobody.get_by_label("Your name")).to_have_value("Erin Example")
    await nobody.get_by_label("Choose a password").fill(PASSWORD)
    await expect(nobody.get_by_text("Hard to guess", exact=True)).to_be_visible()
    await nobody.get_by_role("button", name="Join Acme Robotics").click()
    await expect(nobody).to_have_url("/portal")
    await expect(nobody.get_by_text("Welcome to Acme Robotics, Erin.")).to_be_visible()
    await nobody.goto("/portal/members")
    await expect(nobody.get_by_role("button", name=re.compile("Take out"))).to_have_count(0)


async def test_a_link_says_what_became_of_it_in_its_own_words(
    tab: Page, console: Console, seen: Seen
) -> None:
    made = await invited(tab, console, "frank@example.com")
    first = await link(console, made["id"])
    path = f"/v1/invites/{made['id']}"
    headers = {"X-CSRF-Token": await csrf(tab)}
    await tab.context.request.post(f"{path}/resend", data={}, headers=headers)
    second = await link(console, made["id"], 2)
    await says(tab, first, 410, "There is a newer invitation")
    await says(tab, second, 200, "You are signed in as")
    await seen(tab, name="invite-other")
    await tab.get_by_role("button", name=re.compile("Sign out and go on")).click()
    await expect(tab.get_by_label("Choose a password")).to_be_visible()
    async with console.database.begin() as tx:
        facts = "began_at = now() - interval '8 days', expires_at = now() - interval '1 day'"
        await tx.execute(text(f"update invites set {facts} where email = 'frank@example.com'"))
    await says(tab, second, 410, "This invitation has expired")
    await enter(tab, "stella")
    headers = {"X-CSRF-Token": await csrf(tab)}
    assert (await tab.context.request.post(f"{path}/revoke", headers=headers)).ok
    await says(tab, second, 410, "This invitation was taken back")
    await says(tab, "/invite/unknown", 404, "This link leads nowhere")


async def says(tab: Page, path: str, status: int, words: str) -> None:
    answer = await tab.goto(path)
    assert answer is not None
    assert answer.status == status
    await expect(tab.locator(".invite")).to_contain_text(words)


async def test_who_has_an_account_signs_in_and_joins_with_one_click(
    nobody: Page, console: Console, seen: Seen
) -> None:
    await enter(nobody, "stella")
    path = f"/v1/organizations/{show('org', console.world.borealis)}/invites"
    headers = {"X-CSRF-Token": await csrf(nobody)}
    body = {"email": "bob@example.com", "role": "admin"}
    made = await (await nobody.context.request.post(path, data=body, headers=headers)).json()
    there = await link(console, made["id"])
    await nobody.context.clear_cookies()
    await nobody.goto(there)
    await nobody.get_by_role("link", name="Sign in to join").click()
    await enter(nobody, "bob")
    await seen(nobody, there, name="invite-join")
    await nobody.get_by_role("button", name="Join Borealis Health").click()
    await expect(nobody).to_have_url("/portal")
    await expect(nobody.get_by_text("Welcome to Borealis Health.")).to_be_visible()
    await says(nobody, there, 410, "This invitation was accepted")


async def test_the_console_shows_people_and_invitations_of_an_organization(
    tab: Page, console: Console, seen: Seen
) -> None:
    people = f"/console/organizations/{show('org', console.world.acme)}/people"
    await tab.goto(people)
    await tab.get_by_label("E-mail").last.fill("grace@exmaple.com")
    await tab.get_by_role("button", name="Send the invitation").click()
    await expect(tab.get_by_text("Invite sent to grace@exmaple.com")).to_be_visible()
    await tab.get_by_text("Send again to grace@exmaple.com").click()
    await tab.locator("details[open]").get_by_label("To").fill("grace@example.com")
    await tab.locator("details[open]").get_by_role("button", name="Send").click()
    await expect(tab.get_by_text("A new invitation for grace@example.com is on its way.")).to_be_visible()
    await seen(tab, people, name="console-people")
    await tab.get_by_role("button", name="Take back the invitation of grace@example.com").click()
    await tab.get_by_role("dialog").get_by_role("button", name=re.compile("Take back")).click()
    await expect(tab.get_by_text("The invitation for grace@example.com is taken back.")).to_be_visible()
    await tab.get_by_label("Role of Bob").select_option("viewer")
    await tab.get_by_role("button", name="Save the role of Bob").click()
    await expect(tab.get_by_text("Bob is viewer now.")).to_be_visible()


async def test_staff_accounts_are_changed_and_the_last_admin_stays(
    tab: Page, console: Console, seen: Seen
) -> None:
    await tab.goto("/console/staff")
    await tab.get_by_label("E-mail").last.fill("heidi@example.com")
    await tab.get_by_role("button", name="Send the invitation").click()
    await expect(tab.get_by_text("Invite sent to heidi@example.com")).to_be_visible()
    await seen(tab, "/console/staff")
    await tab.get_by_role("button", name="Disable Conrad").click()
    await tab.get_by_role("dialog").get_by_role("button", name=re.compile("Disable")).click()
    await expect(tab.get_by_text("Conrad is disabled now.")).to_be_visible()
    await tab.get_by_role("button", name="Enable Conrad").click()
    await expect(tab.get_by_text("Conrad is active now.")).to_be_visible()
    await tab.get_by_role("button", name="Disable Stella").click()
    await tab.get_by_role("dialog").get_by_role("button", name=re.compile("Disable")).click()
    await expect(tab.get_by_role("alert")).to_contain_text("last staff admin")
