"""Passkeys in a real browser with a virtual device: added, used to sign in, as a second step, and to confirm."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import text

from db import authenticators, users
from tests.api.conftest import PASSWORD
from tests.pages.conftest import Console, Seen


@pytest_asyncio.fixture(loop_scope="session")
async def device(nobody: Page, context: BrowserContext, console: Console) -> AsyncIterator[Page]:
    """A tab of a browser with a fingerprint reader, at the site's name: numbers have no passkeys."""
    session = await context.new_cdp_session(nobody)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    always = {"isUserVerified": True, "automaticPresenceSimulation": True}
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **always}})
    await nobody.goto(f"{by_name(console)}/sign-in")
    yield nobody
    async with console.database.begin() as tx:
        await tx.execute(text("delete from passkeys"))
        await tx.execute(text("delete from authenticators"))


def by_name(console: Console) -> str:
    return console.url.replace("127.0.0.1", "localhost")


async def sign_in(tab: Page) -> None:
    await tab.get_by_label("E-mail").fill("stella@example.com")
    await tab.get_by_label("Password").fill(PASSWORD)
    await tab.get_by_role("button", name="Sign in", exact=True).click()


async def test_a_passkey_is_added_and_signs_in_and_proves_and_is_removed(
    device: Page, console: Console, seen: Seen
) -> None:
    here = by_name(console)
    await sign_in(device)
    await expect(device).to_have_url(f"{here}/console")
    await device.goto(f"{here}/account/passkeys")
    await expect(device.get_by_text("No passkey yet")).to_be_visible()
    await device.get_by_label("What to call it").fill("Work laptop")
    await device.get_by_role("button", name="Add a passkey").click()
    await expect(device.get_by_role("cell", name="Work laptop", exact=True)).to_be_visible()
    await seen(device, name="account-passkeys")
    await device.context.clear_cookies()
    await device.goto(f"{here}/sign-in?next=/account/passkeys")
    await device.get_by_role("button", name="Sign in with a passkey").click()
    await expect(device).to_have_url(f"{here}/account/passkeys")
    async with console.database.begin() as tx:
        await tx.execute(text("update sessions set proved_at = now() - interval '1 hour'"))
    await device.get_by_role("button", name="Remove Work laptop").click()
    await device.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(device.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    await seen(device, name="sign-in-confirm-passkey")
    await device.get_by_role("button", name="Use a passkey").click()
    await expect(device).to_have_url(f"{here}/account/passkeys")
    await device.get_by_role("button", name="Remove Work laptop").click()
    await device.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(device.get_by_text("The passkey is removed.")).to_be_visible()


async def test_a_passkey_is_the_second_step_of_who_has_one(
    device: Page, console: Console, seen: Seen
) -> None:
    here = by_name(console)
    await sign_in(device)
    await expect(device).to_have_url(f"{here}/console")
    await device.goto(f"{here}/account/passkeys")
    await device.get_by_label("What to call it").fill("Phone")
    await device.get_by_role("button", name="Add a passkey").click()
    await expect(device.get_by_role("cell", name="Phone", exact=True)).to_be_visible()
    await have_an_app(console)
    await device.context.clear_cookies()
    await device.goto(f"{here}/sign-in?next=/account/passkeys")
    await sign_in(device)
    await expect(device.get_by_role("heading", name="One more step")).to_be_visible()
    await seen(device, name="sign-in-second-step")
    await device.get_by_role("button", name="Use a passkey instead").click()
    await expect(device).to_have_url(f"{here}/account/passkeys")


async def test_at_an_address_of_numbers_the_page_says_where_to_go(tab: Page) -> None:
    await tab.goto("/account/passkeys")
    await expect(tab.get_by_text("Passkeys need a name instead of a number")).to_be_visible()
    await tab.goto("/sign-in")
    await expect(tab.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)


async def have_an_app(console: Console) -> None:
    """Stella has set up an authenticator app."""
    async with console.database.begin() as tx:
        stella = await users.find_credentials(tx, email="stella@example.com")
        assert stella is not None
        facts = {"user": stella.user.id, "now": datetime.now(UTC)}
        await tx.execute(
            text(
                "insert into authenticators (user_id, sealed_secret, created_at, confirmed_at) values (:user, '', :now, :now)"
            ),
            facts,
        )
        assert await authenticators.find(tx, user_id=stella.user.id) is not None
