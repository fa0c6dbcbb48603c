"""Deletion, archives, holds and erasure as people see them: owner in the portal, staff in the console."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest_asyncio
from playwright.async_api import Page, expect

from activities.certifying import Matter, certify, open_take_away
from api.collecting import sender_of
from db import organizations, users
from domain.deletion import Part
from domain.ids import new_id, show
from gateways.passwords import Passwords
from tests.api.conftest import NOW, PASSWORD, organization, user
from tests.pages.conftest import Console, Seen, enter


@pytest_asyncio.fixture(loop_scope="session")
async def delta(console: Console) -> UUID:
    """Dora owns Delta, which nobody else looks at."""
    async with console.database.begin() as tx:
        delta = organization(new_id(), f"Delta {new_id().hex[-6:]}")
        await organizations.insert_one(tx, delta)
        dora = await users.ensure(
            tx, user("dora", "client"), password_hash=await Passwords().hashed(PASSWORD)
        )
        await users.insert_membership(tx, organization_id=delta.id, user_id=dora, role="owner", now=NOW)
    return delta.id


async def named(console: Console, delta: UUID) -> str:
    async with console.database.begin() as tx:
        return (await organizations.get(tx, organization_id=delta)).name


async def test_an_owner_asks_staff_approve_and_the_owner_restores(
    nobody: Page, console: Console, delta: UUID, seen: Seen
) -> None:
    tab, name = nobody, await named(console, delta)
    await enter(tab, "dora")
    await seen(tab, "/portal/settings/privacy", name="portal-privacy")
    await tab.get_by_label(f"Type the organization's name: {name}").fill(name)
    await tab.get_by_label("Reason").fill("We close")
    await tab.get_by_role("button", name="Ask for the deletion").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Ask for the deletion").click()
    await expect(tab.get_by_text("nothing is deleted yet").first).to_be_visible()
    await enter(tab, "stella")
    await seen(tab, "/console/deletions", name="deletions")
    await tab.get_by_role("link", name=name).first.click()
    await seen(tab, tab.url.removeprefix(console.url), name="deletion")
    await tab.get_by_role("button", name="Approve the deletion").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Approve the deletion").click()
    await expect(tab.get_by_text("can be restored until the grace period ends")).to_be_visible()
    await enter(tab, "dora")
    for path in ("/portal", "/portal/members"):
        await tab.goto(path)
        await expect(tab.locator(".alert-danger")).to_have_text(
            re.compile(f"{name} is being deleted.*restore it")
        )
    await seen(tab, "/portal/settings/privacy", name="portal-privacy-grace")
    await expect(tab.locator(".alert-danger")).to_have_text(
        re.compile(f"{name} will be deleted on.*change nothing.*restored", re.DOTALL)
    )
    await tab.get_by_role("button", name="Restore the organization").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Restore the organization").click()
    await expect(tab.get_by_text("is as it was. Nothing is deleted.")).to_be_visible()


async def test_staff_place_and_lift_a_hold_and_make_an_archive(
    tab: Page, console: Console, delta: UUID, seen: Seen
) -> None:
    path = f"/console/organizations/{show('org', delta)}/privacy"
    await tab.goto(path)
    await tab.get_by_label("Reason for a hold").fill("Litigation 2026-114")
    await tab.get_by_role("button", name="Place a legal hold").click()
    await expect(tab.get_by_text("Litigation 2026-114")).to_be_visible()
    await tab.get_by_role("button", name="Make an archive").click()
    await expect(tab.get_by_text("The archive is being made").first).to_be_visible()
    await seen(tab, path, name="organization-privacy")
    await tab.get_by_text("Lift this hold").click()
    await tab.get_by_label("Why it is over").fill("Settled")
    await tab.get_by_role("button", name="Lift the hold").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Lift the hold").click()
    await expect(tab.get_by_text("The legal hold is lifted.")).to_be_visible()


async def test_a_person_asks_for_their_data_and_is_told_why_they_cannot_go(
    nobody: Page, console: Console, delta: UUID, seen: Seen
) -> None:
    await enter(nobody, "dora")
    await nobody.goto("/account/privacy")
    await nobody.get_by_role("button", name="Make an archive").click()
    await expect(nobody.get_by_text("The archive is being made").first).to_be_visible()
    await seen(nobody, "/account/privacy", name="account-privacy")
    await nobody.get_by_role("button", name="Erase my account").click()
    await nobody.get_by_role("dialog").get_by_role("button", name="Erase my account").click()
    await expect(nobody.get_by_text("You are the last owner")).to_be_visible()


async def test_the_link_of_the_last_letter_shows_what_was_erased(
    nobody: Page, console: Console, delta: UUID, seen: Seen
) -> None:
    now = datetime.now(UTC)
    matter = Matter(kind="organization_deletion", subject_id=show("del", new_id()), organization_id=delta)
    erased, kept = (
        [Part(noun="API keys", count=3)],
        [Part(noun="postings", count=1200, reason="Law demands it")],
    )
    async with console.database.begin() as tx:
        certificate = await certify(
            tx,
            matter,
            sender=sender_of(console.app.state.settings),
            erased=erased,
            kept=kept,
            facts={},
            now=now,
        )
        token = await open_take_away(tx, certificate, export_id=None, now=now, until=now.replace(year=2200))
    await seen(nobody, f"/take-away/{token}", name="take-away")
    await expect(nobody.get_by_text("Postings: 1,200")).to_be_visible()
