"""Single sign-on in a real browser: set up in the portal, signed in through a provider, made the only way in."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import text

from db import users
from domain.ids import show
from tests.api.conftest import NOW, PASSWORD, PASSWORD_HASH, user
from tests.api.sign_on import proven
from tests.identity_provider import IdentityProvider, serving
from tests.pages.conftest import Console, Seen, enter

SETTINGS = "/portal/settings/sign-on"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with serving() as started:
        for name in ("alice", "sigrid"):
            started.knows(name, email=f"{name}@example.com")
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def clean(console: Console, nobody: Page) -> AsyncIterator[None]:
    # The provider's pages ask for a style sheet somewhere in the internet.
    await nobody.route(
        re.compile(r"^https://"), lambda route: route.fulfill(body="", content_type="text/css")
    )
    yield
    async with console.database.begin() as tx:
        for table in ("sign_on_identities", "identity_providers", "email_domains"):
            await tx.execute(text(f"delete from {table}"))
        await tx.execute(
            text("delete from memberships using users where id = user_id and email = 'sigrid@example.com'")
        )


async def set_up(tab: Page, provider: IdentityProvider) -> None:
    await tab.get_by_label("Issuer").fill(provider.issuer)
    await tab.get_by_label("Client id").fill("backoffice")
    await tab.get_by_label("Client secret").fill("kept to ourselves")
    await tab.get_by_role("button", name="Set it up").click()


async def through(tab: Page, subject: str) -> None:
    """What somebody does at the provider."""
    await tab.get_by_placeholder("sub").fill(subject)
    await tab.get_by_role("button", name="Authorize").click()


async def sigrid_joins(console: Console) -> None:
    """Somebody who belongs to Acme only: who belongs elsewhere too is let in there by password."""
    async with console.database.begin() as tx:
        sigrid = await users.ensure(tx, user("sigrid", "client"), password_hash=PASSWORD_HASH)
        await users.insert_membership(
            tx, organization_id=console.world.acme, user_id=sigrid, role="member", now=NOW
        )


async def test_an_owner_sets_single_sign_on_up_and_makes_it_the_only_way_in(
    nobody: Page, console: Console, provider: IdentityProvider, seen: Seen, clean: None
) -> None:
    await enter(nobody, "alice")
    await seen(nobody, SETTINGS, name="sign-on-empty")
    await nobody.get_by_label("Domain", exact=True).fill("acme.example")
    await nobody.get_by_role("button", name="Name the domain").click()
    await expect(nobody.get_by_text("not proven")).to_be_visible()
    await nobody.get_by_role("button", name="Send a letter").click()
    await expect(nobody.get_by_text("A letter is on its way to postmaster@acme.example.")).to_be_visible()
    await proven(console.database, console.world.acme, "example.com")
    await set_up(nobody, provider)
    await expect(nobody.get_by_text("The provider is saved.")).to_be_visible()
    await nobody.get_by_role("button", name="Try the provider").click()
    await expect(nobody.get_by_text("Something is missing.")).to_be_visible()
    await seen(nobody, name="sign-on-set-up")
    await nobody.get_by_role("link", name="Sign in through it").click()
    await seen(nobody, name="sign-on-form")
    await nobody.get_by_role("button", name="Continue").click()
    await through(nobody, "alice")
    await expect(nobody).to_have_url(f"{console.url}{SETTINGS}")
    await nobody.wait_for_load_state()  # without its scripts the page would ask no question first
    await nobody.get_by_role("button", name="Require single sign-on").click()
    await nobody.get_by_role("dialog").get_by_role("button", name="Require single sign-on").click()
    await expect(nobody.get_by_text("From now on everybody signs in through your provider.")).to_be_visible()
    await seen(nobody, name="sign-on-required")
    await sigrid_joins(console)
    await nobody.context.clear_cookies()
    await nobody.goto("/sign-in")
    await nobody.get_by_label("E-mail").fill("sigrid@example.com")
    await nobody.get_by_label("Password").fill(PASSWORD)
    await nobody.get_by_role("button", name="Sign in", exact=True).click()
    await through(nobody, "sigrid")
    await expect(nobody).to_have_url(f"{console.url}/portal")


async def test_staff_find_the_same_at_the_organization(tab: Page, console: Console, seen: Seen) -> None:
    path = f"/console/organizations/{show('org', console.world.acme)}/sign-on"
    await seen(tab, path, name="console-sign-on")
    await expect(tab.get_by_role("heading", name="Acme Robotics")).to_be_visible()
    await expect(tab.locator(f"form[action='{path}/domains']")).to_have_count(1)


async def test_who_has_no_provider_is_told_whom_to_ask_and_a_false_way_back_is_refused(
    nobody: Page, seen: Seen
) -> None:
    await nobody.goto("/sign-on")
    await nobody.get_by_label("Your e-mail at work").fill("somebody@nowhere.example")
    await nobody.get_by_role("button", name="Continue").click()
    await expect(nobody.get_by_role("alert")).to_contain_text("Ask the administrator")
    await nobody.goto("/sign-on/callback?state=x&code=y")
    await seen(nobody, name="sign-on-refused")
    await nobody.goto("/sign-on/domains/unknown")
    await seen(nobody, name="sign-on-domain-ended")
