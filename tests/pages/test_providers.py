"""Provider keys in the browser: added, checked, refused, rotated, disabled, removed."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from db import organizations, users
from domain.ids import new_id, show
from tests.api.conftest import NOW, PASSWORD_HASH, organization, user
from tests.model_host import ModelHost, serving
from tests.pages.conftest import Console, Seen, enter

SECRET = "sk-of-petra-0123456789-wxyz"
SETTINGS = "/portal/settings/providers"


@pytest.fixture
def host() -> Iterator[ModelHost]:
    with serving() as started:
        started.keys.add(SECRET)
        yield started


async def petras(console: Console) -> str:
    """Petra owns an organization of her own; Paul is a member of it."""
    perseus = organization(new_id(), "Perseus")
    async with console.database.begin() as tx:
        await organizations.insert_one(tx, perseus)
        for name, role in (("petra", "owner"), ("paul", "member")):
            person = await users.ensure(tx, user(name, "client"), password_hash=PASSWORD_HASH)
            await users.insert_membership(tx, organization_id=perseus.id, user_id=person, role=role, now=NOW)
    return show("org", perseus.id)


async def add(tab: Page, host: ModelHost, name: str, secret: str) -> None:
    form = tab.get_by_role("region", name="Add a key")
    await form.get_by_label("Provider").select_option("OpenAI-compatible host")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Key", exact=True).fill(secret)
    await form.get_by_label("Base URL").fill(f"{host.url}/v1")
    await form.get_by_role("button", name="Add the key").click()


async def test_an_owner_keeps_provider_keys_and_sees_whether_they_work(
    nobody: Page, console: Console, host: ModelHost, seen: Seen
) -> None:
    perseus = await petras(console)
    await enter(nobody, "petra")
    await seen(nobody, SETTINGS, name="providers-empty")
    await expect(nobody.get_by_text("No key yet")).to_be_visible()
    await add(nobody, host, "Production", SECRET)
    await expect(nobody.get_by_text("Production is kept.")).to_be_visible()
    await expect(nobody.get_by_text("lists 2 models")).to_be_visible()
    await add(nobody, host, "Old", "sk-revoked-long-ago")
    await expect(nobody.get_by_text("127.0.0.1 does not accept the key")).to_be_visible()
    await seen(nobody, name="providers")
    assert SECRET not in await nobody.content()
    await nobody.get_by_text("Rotate Old").click()
    await nobody.get_by_label("New key").first.fill(SECRET)
    await nobody.get_by_role("button", name="Replace the key").first.click()
    await expect(nobody.get_by_text("Old has its new key; the old one is gone.")).to_be_visible()
    await expect(nobody.get_by_text("version 2")).to_be_visible()
    host.way = "broken"
    await nobody.get_by_role("button", name="Check now Production").click()
    await expect(
        nobody.get_by_text("Production was checked: its provider could not be asked.")
    ).to_be_visible()
    await nobody.get_by_role("button", name="Disable Production").click()
    await expect(nobody.get_by_text("It is kept, and not used.")).to_be_visible()
    await nobody.wait_for_load_state()  # without its scripts the page would ask no question first
    await nobody.get_by_role("button", name="Remove Production").click()
    await nobody.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(nobody.get_by_text("The key is removed.")).to_be_visible()
    await nobody.context.clear_cookies()
    await enter(nobody, "paul")
    await nobody.goto("/portal/settings")
    await expect(nobody.get_by_role("link", name="Providers")).to_have_count(0)
    await nobody.context.clear_cookies()
    await enter(nobody, "stella")
    await seen(nobody, f"/console/organizations/{perseus}/providers", name="console-providers")
    await expect(nobody.get_by_role("strong").filter(has_text="Old")).to_be_visible()
