"""The portal: what owners see and do, what members see; in light and dark, wide and narrow."""

import re

import pytest
from playwright.async_api import Page, expect

from db import users
from tests.api.conftest import NOW, PASSWORD, user
from tests.pages.conftest import Console, Seen, enter
from tests.pages.month import Month


async def join(console: Console, organization_id: object, name: str, role: str) -> None:
    """Somebody of another client, who can sign in."""
    hashed = await console.app.state.passwords.hashed(PASSWORD)
    async with console.database.begin() as tx:
        person = await users.ensure(tx, user(name, "client"), password_hash=hashed)
        facts = {"organization_id": organization_id, "user_id": person, "role": role}
        await users.insert_membership(tx, now=NOW, **facts)  # type: ignore[arg-type] — facts are typed there


@pytest.mark.parametrize(
    "path",
    [
        "/portal",
        "/portal/api-keys",
        "/portal/audit",
        "/portal/settings",
        "/portal/settings/compliance",
        "/portal/settings/roles",
    ],
)
async def test_an_owners_pages_are_for_every_eye(nobody: Page, seen: Seen, path: str) -> None:
    await enter(nobody, "alice")
    await seen(nobody, path, name=f"portal{path.removeprefix('/portal').replace('/', '-')}")


async def test_a_client_with_usage_sees_what_is_due_and_where_it_went(
    nobody: Page, console: Console, month: Month, seen: Seen
) -> None:
    await join(console, month.cobalt, "olga", "owner")
    await enter(nobody, "olga")
    await seen(nobody, "/portal", name="portal-cobalt")
    await expect(nobody.get_by_role("link", name=re.compile("^Pay BO-")).first).to_be_visible()
    await seen(nobody, "/portal/usage", name="portal-usage")
    await expect(nobody.get_by_text("by whole days in UTC")).to_be_visible()
    await nobody.goto("/portal/usage?window=1d")
    await expect(nobody.get_by_text("by whole days in UTC")).to_have_count(0)
    await seen(nobody, "/portal/invoices", name="portal-invoices")
    await expect(nobody.get_by_role("row").filter(has_text="September 2026")).to_have_count(0)  # never sent
    await nobody.get_by_role("link", name=re.compile("^BO-")).first.click()
    await expect(nobody.get_by_role("heading", name=re.compile("^Invoice BO-"))).to_be_visible()
    await seen(nobody, name="portal-invoice")
    await seen(nobody, "/portal/wallet", name="portal-wallet")


async def test_a_member_sees_only_what_the_role_allows(nobody: Page) -> None:
    await enter(nobody, "bob")
    await nobody.goto("/portal")
    menu = nobody.get_by_role("navigation", name="Portal")
    await expect(menu.get_by_role("link", name="Members")).to_be_visible()
    for hidden in ("API keys", "Audit log"):
        await expect(menu.get_by_role("link", name=hidden)).to_have_count(0)
    await nobody.goto("/portal/settings")
    await expect(nobody.get_by_role("button", name="Save")).to_have_count(0)
    answer = await nobody.goto("/portal/api-keys")
    assert answer is not None
    assert answer.status == 403
    await expect(nobody.get_by_role("link", name="Back to the start")).to_have_attribute("href", "/portal")
    await nobody.goto("/mistyped")
    await expect(nobody.get_by_role("heading", name="There is nothing here")).to_be_visible()


async def test_settings_are_changed_and_written_to_the_audit_log(nobody: Page) -> None:
    await enter(nobody, "alice")
    await nobody.goto("/portal/settings")
    await nobody.get_by_label("Tax id").fill("EIN 12-3456789")
    await nobody.get_by_role("button", name="Save").nth(1).click()
    await expect(nobody.get_by_text("Your next invoice carries it")).to_be_visible()
    await nobody.goto("/portal/settings/compliance")
    await nobody.get_by_label("Store no text at all").check()
    await nobody.get_by_role("button", name="Save").click()
    await expect(nobody.get_by_text("It holds from the next request on.")).to_be_visible()
    await expect(nobody.get_by_label("Store no text at all")).to_be_checked()
    await nobody.goto("/portal/audit")
    await nobody.get_by_label("Did").fill("settings")
    rows = nobody.get_by_role("region", name="Audit entries").get_by_role("row")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text("retain → none")


async def test_a_publishable_key_is_made_for_named_pages(nobody: Page, seen: Seen) -> None:
    await enter(nobody, "alice")
    await nobody.goto("/portal/api-keys")
    form = nobody.get_by_role("region", name="Make a publishable key")
    await form.get_by_label("Name").fill("Website widget")
    await form.get_by_label("Origins").fill("https://www.acme.example\nhttps://shop.acme.example")
    await form.get_by_role("button").click()
    await expect(form.get_by_label("Key", exact=True)).to_have_value(re.compile("^bo_live_pub_"))
    await form.get_by_role("link", name="I have copied it").click()
    await nobody.get_by_text("Publishable, in pages of 2 origins").click()
    await expect(nobody.get_by_text("https://shop.acme.example")).to_be_visible()
    await seen(nobody, name="portal-api-keys-publishable")


async def test_the_portal_works_by_keyboard_on_a_telephone(nobody: Page) -> None:
    await enter(nobody, "alice")
    await nobody.set_viewport_size({"width": 390, "height": 844})
    await nobody.goto("/portal")
    toggle = nobody.get_by_role("button", name="Menu")
    await toggle.focus()
    await nobody.keyboard.press("Enter")
    await nobody.get_by_role("navigation", name="Portal").get_by_role("link", name="Settings").focus()
    await nobody.keyboard.press("Enter")
    await expect(nobody).to_have_url("/portal/settings")
    account = nobody.get_by_role("button", name="your account")
    await account.focus()
    await nobody.keyboard.press("Enter")
    await expect(nobody.get_by_role("button", name="Sign out")).to_be_visible()
    await nobody.keyboard.press("Escape")
    await expect(nobody.get_by_role("button", name="Sign out")).to_be_hidden()
