"""One's own account in a browser: second factor from QR code to recovery code, a forgotten password, an own account."""

import asyncio
import re
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.api.conftest import PASSWORD
from tests.api.letters import letters_to
from tests.pages.conftest import Console, Seen, enter
from tests.pages.test_signing_in import sign_in

BOB = "bob@example.com"
NEW = "seven lamps on the quay"


async def link_to(console: Console, email: str, kind: str) -> str:
    """Path and query of the link in the newest such letter; some are written a moment after the answer."""
    while not (letters := await letters_to(console.app, email, kind)):  # noqa: ASYNC110 — another task writes it, and tells nobody
        await asyncio.sleep(0.02)
    link = urlsplit(next(word for word in letters[0].text.split() if "token=" in word))
    return f"{link.path}?{link.query}"


async def test_a_second_factor_from_the_picture_to_a_recovery_code(nobody: Page, seen: Seen) -> None:
    tab = nobody
    await enter(tab, "bob")
    await seen(tab, "/account/second-factor", name="account-second-factor-off")
    await tab.get_by_role("button", name="Set up an app").click()
    await expect(tab.get_by_role("img", name="QR code")).to_be_visible()
    await seen(tab, name="account-authenticator")
    secret = await tab.get_by_label("Secret").input_value()
    await tab.get_by_label("Code", exact=True).fill("000000")
    await tab.get_by_role("button", name="Turn on").click()
    await expect(tab.get_by_role("alert")).to_contain_text("the app shows another one")
    await tab.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    await tab.get_by_role("button", name="Turn on").click()
    codes = (await tab.get_by_label("Recovery codes").inner_text()).split()
    assert len(codes) == 10
    await seen(tab, name="account-recovery-codes")
    async with tab.expect_download() as download:
        await tab.get_by_role("link", name="Download").click()
    assert (await download.value).suggested_filename == "recovery-codes.txt"
    await tab.context.clear_cookies(name="backoffice_session")
    await tab.goto("/sign-in?next=/account/second-factor")
    await sign_in(tab, BOB, PASSWORD)
    await seen(tab, name="sign-in-second-factor")
    await tab.get_by_label("Code of your authenticator app").fill(codes[0])
    await tab.get_by_role("button", name="Sign in").click()
    await expect(tab).to_have_url(re.compile("/account/second-factor$"))
    await expect(tab.get_by_text("9 of your recovery codes")).to_be_visible()
    await seen(tab, name="account-second-factor-on")
    await tab.get_by_role("button", name="Turn off").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Turn off").click()
    await expect(tab.get_by_text("The second factor is off.")).to_be_visible()


async def test_an_act_that_asks_for_a_proof_leads_through_the_password_and_back(
    nobody: Page, console: Console, seen: Seen
) -> None:
    tab = nobody
    await enter(tab, "bob")
    await tab.goto("/account/second-factor")
    async with console.database.begin() as tx:
        await tx.exec_driver_sql("update sessions set proved_at = now() - interval '1 hour'")
    await tab.get_by_role("button", name="Set up an app").click()
    await expect(tab.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    await seen(tab, name="sign-in-confirm")
    await tab.get_by_label("Password").fill(PASSWORD)
    await tab.get_by_role("button", name="Confirm").click()
    await expect(tab.get_by_text("You can go on now.")).to_be_visible()
    await expect(tab).to_have_url(re.compile("/account/second-factor$"))


async def test_a_forgotten_password_is_replaced_through_the_letter(
    nobody: Page, console: Console, seen: Seen
) -> None:
    tab = nobody
    await tab.goto("/sign-in")
    await tab.get_by_role("link", name="Forgot your password?").click()
    await seen(tab, name="password-forgot")
    await tab.get_by_label("E-mail").fill(BOB)
    await tab.get_by_role("button", name="Send the link").click()
    await expect(tab.get_by_text("If there is an account")).to_be_visible()
    link = await link_to(console, BOB, "password_reset")
    await seen(tab, link, name="password-reset")
    await tab.get_by_label("New password").fill("bob-example-com1")
    await tab.get_by_role("button", name="Set the password").click()
    await expect(tab.get_by_role("alert")).to_contain_text("too close to your name or e-mail")
    await tab.get_by_label("New password").fill(NEW)
    await tab.get_by_role("button", name="Set the password").click()
    await expect(tab.get_by_text("Your password is changed.")).to_be_visible()
    await seen(tab, "/account", name="account-profile")
    present = tab.get_by_label("Present password")
    await present.fill("not the one")
    await tab.get_by_label("New password").fill(PASSWORD)
    await tab.get_by_role("button", name="Change the password").click()
    await expect(tab.get_by_text("Present password: this is not your present password.")).to_be_visible()
    await expect(present).to_be_focused()
    await present.fill(NEW)
    await tab.get_by_role("button", name="Change the password").click()
    await expect(tab.get_by_text("Every other browser is signed out.").first).to_be_visible()
    answer = await tab.goto(link)
    assert answer is not None
    assert answer.status == 404
    await expect(tab.get_by_text("does not work any more")).to_be_visible()


async def test_somebody_opens_an_account_alone(nobody: Page, console: Console, seen: Seen) -> None:
    tab = nobody
    await tab.goto("/sign-in")
    await tab.get_by_role("link", name="Open one").click()
    await seen(tab, name="register")
    await tab.get_by_label("E-mail").fill("rosa@example.com")
    await tab.get_by_role("button", name="Send the link").click()
    await expect(tab.get_by_text("on its way")).to_be_visible()
    await seen(tab, await link_to(console, "rosa@example.com", "registration_asked"), name="register-confirm")
    await tab.get_by_label("Your name").fill("Rosa")
    await tab.get_by_label("Password", exact=True).fill(NEW)
    await tab.get_by_role("button", name="Open the account").click()
    await expect(tab).to_have_url(re.compile("/portal$"))
    await expect(tab.get_by_text("Welcome. Your account is open.")).to_be_visible()


async def test_an_address_changes_through_both_letters(nobody: Page, console: Console, seen: Seen) -> None:
    tab, new = nobody, "eve.new@example.com"
    await enter(tab, "bob")
    await tab.goto("/account")
    await tab.get_by_label("New e-mail address").fill(new)
    await tab.get_by_role("button", name="Send the links").click()
    await expect(tab.get_by_text(f"{BOB}: not yet")).to_be_visible()
    await seen(tab, name="account-email-waiting")
    await seen(tab, await link_to(console, BOB, "email_change_asked"), name="email-change")
    await tab.get_by_role("button", name="Yes, change it").click()
    await expect(tab.get_by_text("One confirmation is left")).to_be_visible()
    await tab.goto(await link_to(console, new, "email_confirmation"))
    await tab.get_by_role("button", name="No, cancel the change").click()
    await expect(tab.get_by_text("The change is cancelled.")).to_be_visible()
    await tab.goto("/account")
    await expect(tab.get_by_label("New e-mail address")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/password/reset?token=x", "/email/change?token=x", "/register/confirm?token=x"]
)
async def test_a_made_up_link_says_that_it_does_not_work(nobody: Page, path: str) -> None:
    answer = await nobody.goto(path)
    assert answer is not None
    assert answer.status == 404
    await expect(nobody.get_by_role("heading", name="This link has ended")).to_be_visible()
