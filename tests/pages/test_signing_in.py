"""Signing in to the console, out of it, and what everybody else is shown."""

import httpx
from playwright.async_api import Page, expect
from sqlalchemy import delete

from db.guesses import guesses
from tests.api.conftest import PASSWORD
from tests.pages.conftest import Console, Seen, enter


async def sign_in(tab: Page, email: str, password: str) -> None:
    await tab.get_by_label("E-mail").fill(email)
    await tab.get_by_label("Password").fill(password)
    await tab.get_by_role("button", name="Sign in").click()


async def test_who_is_not_signed_in_is_led_to_the_form_and_back(nobody: Page) -> None:
    await nobody.goto("/account/sessions")
    await expect(nobody).to_have_url("/sign-in?next=/account/sessions")
    await sign_in(nobody, "stella@example.com", PASSWORD)
    await expect(nobody).to_have_url("/account/sessions")


async def test_the_form_is_accessible(nobody: Page, seen: Seen) -> None:
    await seen(nobody, "/sign-in")


async def test_a_wrong_password_is_told_and_the_email_is_kept(nobody: Page) -> None:
    await nobody.goto("/sign-in")
    await sign_in(nobody, "stella@example.com", "not it")
    await expect(nobody.get_by_role("alert")).to_contain_text("do not belong together")
    await expect(nobody.get_by_label("E-mail")).to_have_value("stella@example.com")


async def test_guessing_locks_the_account_for_a_while(nobody: Page) -> None:
    await nobody.goto("/sign-in")
    for _ in range(6):
        await sign_in(nobody, "conrad@example.com", "a guess")
    await expect(nobody.get_by_role("alert")).to_contain_text("Too many wrong attempts")


async def test_another_site_cannot_sign_anybody_in(nobody: Page) -> None:
    form: dict[str, str | float | bool] = {"email": "stella@example.com", "password": PASSWORD}
    answer = await nobody.context.request.post("/sign-in", form=form)
    assert answer.status == 403


async def test_nobody_is_led_to_another_site(nobody: Page) -> None:
    await nobody.goto("/sign-in?next=//evil.example/console")
    await sign_in(nobody, "stella@example.com", PASSWORD)
    await expect(nobody).to_have_url("/console")


async def test_signing_out_ends_the_session(tab: Page) -> None:
    await tab.goto("/account/sessions")
    await tab.get_by_role("button", name="Sign out").click()
    await expect(tab.get_by_text("You are signed out.")).to_be_visible()
    await tab.goto("/account/sessions")
    await expect(tab).to_have_url("/sign-in?next=/account/sessions")


async def test_a_client_comes_to_the_portal_and_not_into_the_console(nobody: Page) -> None:
    await enter(nobody, "alice")
    await nobody.goto("/")
    await expect(nobody).to_have_url("/portal")
    answer = await nobody.goto("/console/organizations")
    assert answer is not None
    assert answer.status == 403


async def test_a_change_without_the_sessions_token_is_refused(tab: Page) -> None:
    answer = await tab.context.request.post("/sign-out")
    assert answer.status == 403


async def test_other_browsers_can_be_signed_out(tab: Page, seen: Seen, console: Console) -> None:
    body = {"email": "stella@example.com", "password": PASSWORD}
    for _ in range(2):
        async with httpx.AsyncClient(base_url=console.url) as elsewhere:
            assert (await elsewhere.post("/v1/sessions", json=body)).status_code == 201
    await seen(tab, "/account/sessions")
    others = tab.get_by_role("row").get_by_role("button", name="End")
    before = await others.count()
    await others.first.click()
    await tab.get_by_role("dialog").get_by_role("button", name="End").click()
    await expect(tab.get_by_text("That browser is signed out.")).to_be_visible()
    await expect(others).to_have_count(before - 1)
    await tab.get_by_role("button", name="End all others").click()
    await tab.get_by_role("dialog").get_by_role("button", name="End all others").click()
    await expect(tab.get_by_text("Every other browser is signed out.")).to_be_visible()
    await expect(others).to_have_count(0)


async def test_an_unknown_page_says_so(tab: Page) -> None:
    answer = await tab.goto("/console/nowhere")
    assert answer is not None
    assert answer.status == 404
    await expect(tab.get_by_text("There is no such page.")).to_be_visible()


async def test_a_session_that_ended_leads_from_a_live_part_back_to_its_page(tab: Page) -> None:
    await tab.goto("/console?window=7d")
    await tab.wait_for_load_state("networkidle")  # its parts that load by themselves are there
    await tab.context.clear_cookies(name="backoffice_session")
    # Later, for the page is left by it: what is evaluated has to come back first.
    await tab.evaluate(
        "() => { setTimeout(() => htmx.ajax('GET', '/console/attention', '#attention'), 50); }"
    )
    await expect(tab).to_have_url("/sign-in?next=/console%3Fwindow%3D7d")


async def test_a_contractor_sees_no_page_they_may_not_open(nobody: Page, console: Console) -> None:
    async with console.database.begin() as tx:
        await tx.execute(delete(guesses))
    await enter(nobody, "conrad")
    await nobody.goto("/console/organizations")
    await expect(nobody.get_by_role("link", name="Organizations").first).to_be_visible()
    await expect(nobody.get_by_role("link", name="Quarantine")).to_have_count(0)
    await expect(nobody.get_by_role("link", name="Outbox")).to_have_count(0)
    answer = await nobody.goto("/console/outbox")
    assert answer is not None
    assert answer.status == 403
    back = nobody.get_by_role("link", name="Back to the start")
    await expect(back).to_have_attribute("href", "/console/organizations")


async def test_the_keyboard_skips_the_menu(tab: Page) -> None:
    await tab.goto("/console/organizations")
    await tab.keyboard.press("Tab")
    await expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#main")).to_be_focused()


async def test_nothing_foreign_may_run_or_frame_a_page(tab: Page) -> None:
    answer = await tab.goto("/console/organizations")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_static_files_are_kept_for_a_year_under_their_digest(tab: Page) -> None:
    await tab.goto("/sign-in")
    address = await tab.locator("link[rel=stylesheet]").last.get_attribute("href")
    answer = await tab.context.request.get(address or "")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert (await tab.context.request.get("/console/static/0000/console.css")).status == 404
