"""Of a deleted organization nothing is written anew, by any door; what is owed and what the law demands goes on."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.openapi import Door, doors
from api.standing import AFTER_DELETION_MARK
from db import belonging
from db.engine import Database
from domain.ids import new_id, show
from tests.api.conftest import World, signed_in, with_key
from tests.api.test_audited import WRITING
from tests.api.test_strangers import address, rows_of
from tests.api.test_usage_intake import record
from tests.api.things import Things, things_of_acme
from tests.monthend import report
from tests.privacy import run
from tests.world import Line, a_price

OF_PEOPLE = {"user_id", "session_id", "record_id"}


@pytest.fixture
async def things(app: FastAPI, world: World, database: Database) -> Things:
    """One of each of Acme's, as though erasing had forgotten it."""
    found = await things_of_acme(app, world)
    hold = await (await signed_in(app, "stella")).post(
        f"{world.acme_path}/holds", json={"reason": "a lawsuit"}
    )
    found.ids["hold_id"] = hold.json()["id"]
    await run(database, "update organizations set state = 'deleted' where id = :acme", acme=world.acme)
    return found


def marked(app: FastAPI) -> set[tuple[str, str]]:
    """Doors that say why they write to a deleted organization."""
    return {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        if route.path and hasattr(route.endpoint, AFTER_DELETION_MARK)
        for method in route.methods or ()
    }


def writing(app: FastAPI, things: Things) -> Iterator[tuple[Door, str]]:
    """Every door that writes something of Acme's for staff, with its path."""
    for door in doors(app):
        path = address(door, things)
        of_people = {"portal:view", "sessions:own"} & set(door.permissions)
        of_acme = any(f"{{{name}}}" in door.path for name in things.ids.keys() - OF_PEOPLE)
        if door.method in WRITING and door.permissions and path and of_acme and not of_people:
            yield door, path


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal; a page says it in words."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return str(answer.json()["code"])
    return "organization_deleted" if "nothing of it is written anew" in answer.text else ""


async def test_no_door_writes_to_a_deleted_organization_but_those_that_say_why(
    app: FastAPI, world: World, things: Things, database_url: str
) -> None:
    stella, allowed, faults = await signed_in(app, "stella"), marked(app), dict[str, str]()
    before = rows_of(database_url, str(world.acme))
    asked = 0
    for door, path in writing(app, things):
        if (door.method, door.path) in allowed:
            continue
        answer, asked = await stella.request(door.method, path, json={}), asked + 1
        if (answer.status_code, code_of(answer)) != (409, "organization_deleted"):
            faults[f"{door.method} {door.path}"] = f"{answer.status_code} {answer.text[:200]}"
    assert faults == {}
    assert asked > 80
    assert rows_of(database_url, str(world.acme)) == before


async def test_what_goes_on_after_a_deletion_is_not_refused_for_it(app: FastAPI, things: Things) -> None:
    stella, allowed = await signed_in(app, "stella"), marked(app)
    for door, path in writing(app, things):
        if (door.method, door.path) in allowed and "billing-profile" not in path and "invoices" in path:
            answer = await stella.request(door.method, path, json={})
            assert code_of(answer) != "organization_deleted", (door, answer.text)


async def test_a_late_payment_of_a_deleted_organization_is_booked(app: FastAPI, things: Things) -> None:
    stella = await signed_in(app, "stella")
    body = {"amount": "120.00", "received_on": "2026-11-20", "reference": "wire 7"}
    answer = await stella.post(f"/v1/invoices/{things.ids['invoice_id']}/payments", json=body)
    assert answer.status_code == 201, answer.text


async def test_where_invoices_go_is_put_right_until_the_last_one_is_settled(
    app: FastAPI, world: World, things: Things, database: Database
) -> None:
    stella, here = await signed_in(app, "stella"), world.acme_path
    acts = ((here, {"billing_email": "late@acme.example"}), (f"{here}/billing-profile", {"legal_name": "A"}))
    for path, body in acts:
        assert (await stella.patch(path, json=body)).status_code == 200, path
    await run(database, "update invoices set amount_paid_nanos = amount_due_nanos, state = 'paid'")
    for path, body in acts:
        answer = await stella.patch(path, json=body)
        assert (answer.status_code, code_of(answer)) == (409, "organization_deleted"), path


async def test_its_name_is_never_written_anew(app: FastAPI, world: World, things: Things) -> None:
    body = {"name": "Acme again", "billing_email": "late@acme.example"}
    answer = await (await signed_in(app, "stella")).patch(world.acme_path, json=body)
    assert code_of(answer) == "organization_deleted"


async def test_no_price_is_agreed_with_it_anew(app: FastAPI, things: Things) -> None:
    price = {
        "organization_id": things.ids["organization_id"],
        "provider": "openai",
        "model": "gpt-5",
        "currency": "USD",
        "input_per_million": "1.00",
        "output_per_million": "2.00",
        "effective_at": "2026-12-01T00:00:00Z",
    }
    answer = await (await signed_in(app, "stella")).post("/v1/prices", json=price)
    assert code_of(answer) == "organization_deleted"


async def test_no_usage_of_it_is_taken_in_nor_its_texts(
    app: FastAPI, world: World, things: Things, database: Database, database_url: str
) -> None:
    await a_price(database)
    gateway, before = await with_key(app, "usage:write"), rows_of(database_url, str(world.acme))
    used = record(world.acme, "late", request="question", response="answer")
    (rejected,) = (await gateway.post("/v1/usage", json=[used])).json()["rejected"]
    assert (rejected["code"], "stop reporting" in rejected["detail"]) == ("organization_deleted", True)
    assert rows_of(database_url, str(world.acme)) == before


@pytest.mark.parametrize("named", [True, False], ids=["named", "among all"])
async def test_nothing_of_it_is_released_from_quarantine(
    app: FastAPI, world: World, things: Things, database: Database, database_url: str, *, named: bool
) -> None:
    await run(database, "update organizations set state = 'deleting' where id = :acme", acme=world.acme)
    await report(database, Line(world.acme, "early", model="gpt-9"))
    await run(database, "update organizations set state = 'deleted' where id = :acme", acme=world.acme)
    await a_price(database, model="gpt-9")
    stella, before = await signed_in(app, "stella"), rows_of(database_url, str(world.acme))
    body = {"organization_id": things.ids["organization_id"]} if named else {}
    answer = await stella.post("/v1/quarantine/release", json=body)
    assert code_of(answer) == "organization_deleted" if named else answer.json()["released"] == 0
    assert rows_of(database_url, str(world.acme)) == before


async def test_its_pages_say_that_it_is_deleted(app: FastAPI, world: World, things: Things) -> None:
    stella = await signed_in(app, "stella")
    page = (await stella.get(f"/console/organizations/{things.ids['organization_id']}/privacy")).text
    assert ("What was personal is erased" in page, "Place a legal hold" in page) == (True, False)


async def test_a_stranger_is_told_that_it_is_not_there(app: FastAPI, world: World, things: Things) -> None:
    charlie = await signed_in(app, "charlie")
    for path in (world.acme_path, f"/v1/projects/{things.ids['project_id']}"):
        assert (await charlie.patch(path, json={"name": "mine"})).status_code in {403, 404}


async def test_what_is_not_there_is_not_there_rather_than_deleted(app: FastAPI, world: World) -> None:
    stella = await signed_in(app, "stella")
    for name in (show("prj", new_id()), "prj_none", "nothing"):
        assert (await stella.patch(f"/v1/projects/{name}", json={})).status_code == 404


async def test_who_writes_already_is_waited_for_before_anything_is_erased(
    world: World, database: Database
) -> None:
    async with database.begin() as writer, database.begin() as eraser:
        assert await belonging.state_for_writing(writer, organization_id=world.acme) == "active"
        await eraser.execute(text("set local lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            await belonging.wait_for_writers(eraser, organization_id=world.acme)
