"""Projects and departments: in the console, in the portal, for who leads them and who only sees them."""

import re

from playwright.async_api import Page, expect

from db import organizations, users
from domain.ids import new_id, show
from tests.api.conftest import NOW, PASSWORD, organization, user
from tests.pages.conftest import Console, Seen, enter


async def confirm(tab: Page) -> None:
    await tab.get_by_role("dialog").get_by_role("button").last.click()


async def open_project(tab: Page, path: str, name: str) -> None:
    await tab.goto(path)
    await tab.get_by_label("New project").fill(name)
    await tab.get_by_role("button", name="Open the project").click()
    await expect(tab.get_by_text(f"The project {name} is open.")).to_be_visible()


async def add_milestone(tab: Page, name: str, due: str, amount: str = "") -> None:
    await tab.get_by_label("New milestone").fill(name)
    await tab.get_by_label("Due on").last.fill(due)
    if amount:
        await tab.get_by_label("Amount in USD").last.fill(amount)
    await tab.get_by_role("button", name="Add").click()
    await expect(tab.get_by_text(f"The milestone {name} is added.")).to_be_visible()


async def test_staff_describe_a_project_and_put_its_milestones_in_order(
    tab: Page, console: Console, seen: Seen
) -> None:
    home = f"/console/organizations/{show('org', console.world.acme)}/projects"
    await seen(tab, home, name="organization-projects-empty")
    await open_project(tab, home, "Fraud desk")
    await tab.get_by_text("Change this project").click()
    await tab.get_by_label("Description").fill("Answers card holders within a minute.")
    await tab.get_by_label("Led by").select_option(label="Stella (our team)")
    await tab.get_by_label("Contracted value in USD").fill("48000")
    await tab.get_by_label("Ends on").fill("2027-06-30")
    await tab.get_by_role("button", name="Save the project").click()
    await expect(tab.get_by_text("48,000.00")).to_be_visible()
    await add_milestone(tab, "First version live", "2020-01-15", "24000")
    await add_milestone(tab, "Handed over", "2030-02-01", "24000")
    await tab.get_by_label("New milestone").fill("Too much")
    await tab.get_by_label("Amount in USD").last.fill("1")
    await tab.get_by_role("button", name="Add").click()
    await expect(tab.get_by_role("alert")).to_contain_text("more than the contracted 48000.00")
    await tab.reload()
    await seen(tab, name="project")
    await tab.get_by_role("button", name="Done First version live").click()
    await expect(tab.get_by_text("1 of 2 done")).to_be_visible()
    await tab.get_by_role("button", name="Put on hold").click()
    await expect(tab.get_by_text("Fraud desk is on hold.")).to_be_visible()
    await tab.goto("/console/projects")
    await tab.get_by_label("Status").select_option("on_hold")
    await expect(tab.locator("#rows tbody tr")).to_have_count(1)
    await expect(tab.get_by_role("row", name=re.compile("Fraud desk"))).to_contain_text("Handed over")
    await seen(tab, name="projects")


async def test_an_owner_runs_a_project_and_its_administrator_never_sees_the_value(
    nobody: Page, console: Console, seen: Seen
) -> None:
    await enter(nobody, "alice")
    await open_project(nobody, "/portal/projects", "Voice agent")
    await nobody.get_by_text("Change this project").click()
    await nobody.get_by_label("Contracted value in USD").fill("9000")
    await nobody.get_by_role("button", name="Save the project").click()
    await expect(nobody.get_by_text("9,000.00")).to_be_visible()
    await nobody.get_by_label("Person").select_option(label="Bob")
    await nobody.get_by_label("Role here").select_option("administrator")
    await nobody.get_by_role("button", name="Take in").click()
    await expect(nobody.get_by_text("Bob is in the project.")).to_be_visible()
    await add_milestone(nobody, "Pilot", "2030-03-01")
    await seen(nobody, name="portal-project")
    here = nobody.url
    await enter(nobody, "bob")
    await nobody.goto(here)
    await expect(nobody.get_by_text("You are its administrator.")).to_be_visible()
    assert "9,000.00" not in await nobody.content()
    await nobody.get_by_role("button", name="Done Pilot").click()
    await expect(nobody.get_by_text("1 of 1 done")).to_be_visible()
    await seen(nobody, "/portal/projects", name="portal-projects")


async def test_departments_are_opened_filled_and_closed(nobody: Page, console: Console, seen: Seen) -> None:
    await enter(nobody, "alice")
    await seen(nobody, "/portal/departments", name="portal-departments-empty")
    for name in ("Customer care", "Sales"):
        await nobody.get_by_label("New department").fill(name)
        await nobody.get_by_role("button", name="Open", exact=True).click()
        await expect(nobody.get_by_text(f"{name} is open.")).to_be_visible()
    await nobody.get_by_label("Department of Bob").select_option(label="Sales")
    await nobody.get_by_role("button", name="Save Bob").click()
    await expect(nobody.get_by_text("Their department is changed.")).to_be_visible()
    await seen(nobody, name="portal-departments")
    await nobody.get_by_text("Change Sales").click()
    await nobody.get_by_label("Its people move to").select_option(label="Customer care")
    await nobody.get_by_role("button", name="Close the department").last.click()
    await confirm(nobody)
    await expect(nobody.get_by_text("Sales is closed.")).to_be_visible()
    await enter(nobody, "stella")
    path = f"/console/organizations/{show('org', console.world.acme)}/departments"
    await seen(nobody, path, name="organization-departments")


async def test_somebody_in_two_organizations_switches_and_comes_back_to_the_last_one(
    nobody: Page, console: Console, seen: Seen
) -> None:
    hashed = await console.app.state.passwords.hashed(PASSWORD)
    async with console.database.begin() as tx:
        person = await users.ensure(tx, user("gwen", "client"), password_hash=hashed)
        for name, role in (("Gwen One", "owner"), ("Gwen Two", "viewer")):
            made = organization(new_id(), name)
            await organizations.insert_one(tx, made)
            await users.insert_membership(tx, organization_id=made.id, user_id=person, role=role, now=NOW)
    await enter(nobody, "gwen")
    await nobody.goto("/portal")
    switcher = nobody.get_by_role("button", name=re.compile("switch to another organization"))
    before = "Gwen One" if "Gwen One" in await switcher.inner_text() else "Gwen Two"
    after = "Gwen Two" if before == "Gwen One" else "Gwen One"
    await switcher.click()
    await nobody.get_by_role("button", name=re.compile(after)).click()
    await expect(nobody.get_by_text(f"You now work in {after}.")).to_be_visible()
    await switcher.click()
    await seen(nobody, name="portal-switcher")
    await enter(nobody, "gwen")
    await nobody.goto("/portal")
    await expect(switcher).to_contain_text(after)


async def test_members_of_a_suspended_organization_read_why_and_what_to_do(
    nobody: Page, console: Console, seen: Seen
) -> None:
    borealis = console.world.borealis
    hashed = await console.app.state.passwords.hashed(PASSWORD)
    async with console.database.begin() as tx:
        person = await users.ensure(tx, user("hugo", "client"), password_hash=hashed)
        await users.insert_membership(tx, organization_id=borealis, user_id=person, role="owner", now=NOW)
        known = await organizations.lock(tx, organization_id=borealis)
        await organizations.save(tx, known.suspended("unpaid for ninety days", NOW))
    await enter(nobody, "hugo")
    await seen(nobody, "/portal/projects", name="portal-suspended")
    await expect(nobody.get_by_text("Borealis Health is suspended.")).to_be_visible()
    await expect(nobody.get_by_text("unpaid for ninety days")).to_be_visible()
    async with console.database.begin() as tx:
        known = await organizations.lock(tx, organization_id=borealis)
        await organizations.save(tx, known.unsuspended(NOW))
