"""What is written in the portal is written to the session's organization, and of a deleted one nothing is."""

import httpx
import pytest

from api.pages.routing import ONCE_FIELD
from db.engine import Database
from tests.api.conftest import World
from tests.api.test_strangers import rows_of
from tests.privacy import run

DELETED = "update organizations set state = 'deleted' where id = :acme"


async def test_whoever_is_still_signed_in_writes_nothing_of_a_deleted_organization(
    world: World, alice: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    await run(database, DELETED, acme=world.acme)
    before = rows_of(database_url, str(world.acme))
    answer = await alice.post("/portal/settings/privacy/exports")
    assert (answer.status_code, "nothing of it is written anew" in answer.text) == (409, True)
    assert rows_of(database_url, str(world.acme)) == before


@pytest.mark.parametrize("state", ["active", "deleting"])
async def test_until_then_the_portal_goes_on(
    world: World, alice: httpx.AsyncClient, database: Database, state: str
) -> None:
    await run(
        database, "update organizations set state = :state where id = :acme", acme=world.acme, state=state
    )
    answer = await alice.post("/portal/settings/privacy/exports", data={ONCE_FIELD: "once"})
    assert answer.status_code == 303, answer.text


async def test_they_can_still_go_to_another_organization(
    world: World, bob: httpx.AsyncClient, database: Database
) -> None:
    await run(database, DELETED, acme=world.acme)
    answer = await bob.post("/portal/organization", data={"organization_id": "org_none"})
    assert "nothing of it is written anew" not in answer.text
