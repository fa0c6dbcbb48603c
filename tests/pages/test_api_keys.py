"""API keys: the secret is shown once; rotation overlaps; revocation asks first."""

import re

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Console, Seen
from tests.privacy import run

_PROJECT = """
insert into projects (id, organization_id, name, created_at) values (uuidv7(), :org, 'Robots', now())
on conflict do nothing"""


async def make(tab: Page, name: str, scope: str) -> str:
    form = tab.get_by_role("region", name="Make a key")
    await form.get_by_label("Name", exact=True).fill(name)
    if not scope.startswith(("workspace:", "platform:")):
        await form.get_by_text("Choose exactly").click()
    await form.get_by_role("checkbox", name=re.compile(rf" {scope}$")).check()
    await tab.get_by_role("button", name="Make the key").click()
    return await tab.get_by_label("Secret", exact=True).input_value()


async def test_a_key_is_made_works_is_rotated_and_revoked(tab: Page, console: Console, seen: Seen) -> None:
    path = f"/console/organizations/{show('org', console.world.acme)}/api-keys"
    await tab.goto(path)
    secret = await make(tab, "Gateway", "workspace:read")
    await seen(tab, name="api-key-secret")
    answer = await tab.context.request.get("/v1/organizations", headers={"Authorization": f"Bearer {secret}"})
    assert answer.ok
    await tab.get_by_role("link", name="I have copied it").click()
    await expect(tab.get_by_text(secret)).to_have_count(0)
    await seen(tab, name="api-keys")
    await tab.get_by_text("Rotate Gateway").click()
    await tab.get_by_role("button", name="Make the successor").click()
    await expect(tab.get_by_label("Secret", exact=True)).to_have_value(re.compile("^bo_live_"))
    await tab.goto(path)
    await expect(tab.get_by_text("rotated")).to_be_visible()
    await tab.get_by_role("button", name="Revoke Gateway").first.click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Revoke “Gateway”?")
    await tab.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(tab.get_by_text("The key Gateway is revoked.")).to_be_visible()


async def test_a_key_without_a_scope_is_refused(tab: Page, console: Console) -> None:
    await tab.goto("/console/api-keys")
    await tab.get_by_label("Name", exact=True).fill("Nothing")
    await tab.get_by_role("button", name="Make the key").click()
    await expect(tab.get_by_role("alert")).to_contain_text("choose at least one")


async def test_staff_keys_have_their_own_page(tab: Page, seen: Seen) -> None:
    await tab.goto("/console/api-keys")
    assert (await make(tab, "Month-end script", "platform:read")).startswith("bo_live_")
    await seen(tab, "/console/api-keys")


async def test_a_key_of_one_project_is_told_what_it_can_be_given(
    tab: Page, console: Console, seen: Seen
) -> None:
    here = f"/console/organizations/{show('org', console.world.acme)}"
    await run(console.database, _PROJECT, org=console.world.acme)
    await tab.goto(f"{here}/api-keys")
    await tab.get_by_text("Choose exactly").click()
    await expect(tab.get_by_text("of a project", exact=True).first).to_be_visible()
    await seen(tab, name="api-keys-of-a-project")
    form = tab.get_by_role("region", name="Make a key")
    await form.get_by_label("Name", exact=True).fill("Bot")
    await form.get_by_label("Project", exact=True).select_option(label="Robots")
    await form.get_by_role("checkbox", name=re.compile(" workspace:write$")).check()
    await tab.get_by_role("button", name="Make the key").click()
    await expect(tab.get_by_role("alert")).to_contain_text("reaches beyond one project")
