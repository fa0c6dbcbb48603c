"""Organizations: found, opened, changed, suspended; projects, invoices, processes, audit."""

import re

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Console, Seen
from tests.pages.month import Month


def path_of(console: Console, tail: str = "") -> str:
    return f"/console/organizations/{show('org', console.world.acme)}{tail}"


async def confirm(tab: Page, button: str) -> None:
    await tab.get_by_role("dialog").get_by_role("button", name=button).click()


async def test_the_list_is_searched_as_one_types(tab: Page, month: Month, seen: Seen) -> None:
    await seen(tab, "/console/organizations")
    await tab.get_by_label("Search").press_sequentially("cobal")
    await expect(tab.locator("#rows tbody tr")).to_have_count(1)
    await expect(tab).to_have_url("/console/organizations?search=cobal&sort=created")


async def test_the_list_is_ordered_by_what_was_spent(tab: Page, month: Month) -> None:
    await tab.goto("/console/organizations")
    await tab.get_by_label("Order by").select_option("spend")
    await expect(tab.locator("#rows tbody tr").last).to_contain_text("0.00 USD")
    await expect(tab.get_by_role("columnheader", name="30 days")).to_have_attribute("aria-sort", "descending")
    await tab.get_by_role("link", name="30 days").click()
    await expect(tab.locator("#rows tbody tr").first).to_contain_text("0.00 USD")
    await expect(tab).to_have_url(re.compile("direction=asc"))


async def test_an_organization_is_opened_and_changed(tab: Page, seen: Seen) -> None:
    await seen(tab, "/console/organizations/new")
    await tab.get_by_label("Name").fill("Nimbus Ltd")
    await tab.get_by_label("Billing e-mail").fill("billing@nimbus.example")
    await tab.get_by_label("Country").select_option("GB")
    await tab.get_by_role("button", name="Open the organization").click()
    await expect(tab.get_by_text("Nimbus Ltd is open. Now invite its first manager.")).to_be_visible()
    await tab.get_by_role("link", name="Edit", exact=True).click()
    await tab.get_by_label("Address").fill("1 Cloud Lane\nLondon")
    await tab.get_by_role("button", name="Save the billing profile").click()
    await expect(tab.get_by_text("1 Cloud Lane")).to_be_visible()


async def test_a_refusal_stands_beside_the_form_and_keeps_what_was_typed(tab: Page) -> None:
    await tab.goto("/console/organizations/new")
    await tab.get_by_label("Name").fill("   ")
    await tab.get_by_label("Billing e-mail").fill("billing@nimbus.example")
    await tab.get_by_role("button", name="Open the organization").click()
    await expect(tab.get_by_role("alert")).to_contain_text("write 1 to 200 characters")
    await expect(tab.get_by_label("Billing e-mail")).to_have_value("billing@nimbus.example")


async def test_one_organization_is_shown_whole(tab: Page, month: Month, seen: Seen) -> None:
    await seen(tab, f"/console/organizations/{show('org', month.cobalt)}", name="organization")
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Cobalt Labs")


async def test_it_is_edited_suspended_and_lifted(tab: Page, console: Console, seen: Seen) -> None:
    await seen(tab, path_of(console, "/edit"), name="organization-edit")
    await tab.get_by_label("Reason").fill("unpaid for ninety days")
    await tab.get_by_role("button", name="Suspend").click()
    await expect(tab.get_by_role("dialog")).to_contain_text("Suspend Acme Robotics?")
    await confirm(tab, "Suspend")
    await expect(tab.get_by_text("Acme Robotics is suspended.")).to_be_visible()
    await seen(tab, path_of(console), name="organization-suspended")
    await expect(tab.get_by_text("unpaid for ninety days")).to_be_visible()
    await tab.goto(path_of(console, "/edit"))
    await tab.get_by_label("Reason").fill("paid")
    await tab.get_by_role("button", name="Lift the suspension").click()
    await confirm(tab, "Lift the suspension")
    await expect(tab.get_by_text("Acme Robotics is active again.")).to_be_visible()


async def test_its_invoices_processes_and_audit_entries_are_shown(
    tab: Page, month: Month, seen: Seen
) -> None:
    home = f"/console/organizations/{show('org', month.cobalt)}"
    await seen(tab, f"{home}/invoices", name="organization-invoices")
    await expect(tab.locator("#rows tbody tr")).not_to_have_count(0)
    await seen(tab, f"{home}/processes", name="organization-processes")
    await seen(tab, f"{home}/audit", name="organization-audit")


async def test_another_id_is_not_found(tab: Page) -> None:
    answer = await tab.goto("/console/organizations/org_00000000000000000000000000000000")
    assert answer is not None
    assert answer.status == 404
