"""An organization that is deleted says so on its pages, and what is sent there is refused in words."""

import pytest
from playwright.async_api import Page, expect

from db import organizations
from db.engine import Database
from domain.ids import new_id, show
from tests.api.conftest import organization
from tests.pages.conftest import Console, Seen
from tests.privacy import run


async def deleted(database: Database) -> str:
    """The console's address of a deleted organization."""
    gone = new_id()
    async with database.begin() as tx:
        await organizations.insert_one(tx, organization(gone, f"Deleted organization {gone.hex[-6:]}"))
    await run(database, "update organizations set state = 'deleted' where id = :gone", gone=gone)
    return f"/console/organizations/{show('org', gone)}"


@pytest.mark.parametrize("page", ["people", "privacy"])
async def test_the_pages_of_a_deleted_organization_say_so(
    tab: Page, console: Console, seen: Seen, page: str
) -> None:
    await seen(tab, f"{await deleted(console.database)}/{page}", name=f"deleted-{page}")
    await expect(tab.get_by_text("What was personal is erased")).to_be_visible()


async def test_nobody_is_invited_into_it(tab: Page, console: Console) -> None:
    await tab.goto(f"{await deleted(console.database)}/people")
    await tab.get_by_label("E-mail", exact=True).fill("late@example.com")
    await tab.get_by_role("button", name="Send the invitation").click()
    await expect(tab.get_by_role("alert")).to_contain_text("nothing of it is written anew")
