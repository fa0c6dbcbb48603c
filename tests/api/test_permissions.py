"""Every route, asked by everybody: what the declared permission says is what happens."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.sql import SQL
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from api.openapi import Door, doors
from api.permission_table import permission_table
from domain.ids import show
from domain.roles import Role, grantable, permissions_of_role
from tests.api.conftest import World, browser, signed_in, with_key

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"
# Asked with a session of their own, because they end it.
ENDS_SESSION = {"/v1/sessions/current", "/sign-out", "/invite/{token}/sign-out"}
# Whoever was let through belongs to Acme no longer, and is put back.
LEAVES = {"/v1/organizations/{organization_id}/members/leave", "/portal/members/leave"}
_PUT_BACK = "insert into memberships select * from belonged on conflict do nothing"
PREFIXES = {
    "organization_id": "org",
    "project_id": "prj",
    "key_id": "key",
    "price_id": "price",
    "invoice_id": "in",
    "run_id": "run",
    "payment_id": "pay",
    "mail_id": "mail",
    "webhook_id": "evt",
    "event_id": "evt",
    "intent_id": "int",
    "user_id": "usr",
}
REFUSED = {401, 403}
Enter = Callable[[], Awaitable[httpx.AsyncClient]]


async def ask(client: httpx.AsyncClient, door: Door, world: World) -> int:
    """The status of one request; a stream that stays open was let through."""

    def filled(found: re.Match[str]) -> str:
        name = found[1].split(":")[0]
        if name == "organization_id":
            return show("org", world.acme)
        return show(PREFIXES.get(name, "x"), uuid4())

    path = re.sub(r"{([^}]+)}", filled, door.path)
    body: dict[str, object] | None = None if door.method == "GET" else {}
    try:
        return (await asyncio.wait_for(client.request(door.method, path, json=body), 10)).status_code
    except TimeoutError:
        return 200


async def statuses(app: FastAPI, world: World, enter: Enter) -> dict[Door, int]:
    """What every door that needs something answers to whoever enters."""
    client = await enter()
    found: dict[Door, int] = {}
    await _in_house(app, "create table belonged as select * from memberships")
    for door in doors(app):
        if door.permissions:
            ends = door.method != "GET" and door.path in ENDS_SESSION
            found[door] = await ask(await enter() if ends else client, door, world)
        if door.path in LEAVES:
            await _in_house(app, _PUT_BACK)
            client = await enter()
    return found


async def _in_house(app: FastAPI, statement: str) -> None:
    """What the database's owner does behind the doors."""
    url: str = app.state.database.url
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(SQL(statement))  # type: ignore[bad-argument-type]  # constants of this file


def test_every_route_declares_a_permission_or_why_it_needs_none(app: FastAPI) -> None:
    undeclared: list[Door] = [door for door in doors(app) if not door.permissions and door.public is None]
    assert undeclared == []
    mounted = [route for route in app.routes if isinstance(route, Mount)]
    assert all(isinstance(route.app, StaticFiles) for route in mounted)


def test_the_printed_table_is_the_code(app: FastAPI) -> None:
    remedy = "run: .venv/bin/backoffice admin permissions --out docs/permissions.md"
    assert DOCUMENT.read_text(encoding="utf-8") == permission_table(app), remedy


async def test_without_a_key_only_public_routes_answer(app: FastAPI, world: World) -> None:
    for door in doors(app):
        status = await ask(browser(app), door, world)
        if door.public is not None:
            assert status not in {303, 401}, door
        elif door.path.startswith("/v1/"):
            assert status == 401, door
        else:
            assert status in {303, 401}, door


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("alice", "owner"),
        ("ada", "admin"),
        ("bob", "member"),
        ("vera", "viewer"),
        ("stella", "staff"),
        ("conrad", "contractor"),
    ],
)
async def test_people_may_what_their_role_says_and_nothing_else(
    app: FastAPI, world: World, name: str, role: Role
) -> None:
    held = permissions_of_role(role)
    found = await statuses(app, world, lambda: signed_in(app, name))
    for door, status in found.items():
        assert (status in REFUSED) == (not held.issuperset(door.permissions)), (door, status)


async def test_a_stranger_finds_nothing_of_another_organization(app: FastAPI, world: World) -> None:
    found = await statuses(app, world, lambda: signed_in(app, "charlie"))
    for door, status in found.items():
        if "{organization_id" in door.path:
            assert status in {403, 404}, (door, status)


async def test_an_organization_key_carries_no_staff_permission_anywhere(app: FastAPI, world: World) -> None:
    held = grantable(staff=False)
    found = await statuses(app, world, lambda: with_key(app, *held, organization_id=world.acme))
    for door, status in found.items():
        assert (status in REFUSED) == (not held.issuperset(door.permissions)), (door, status)


async def test_the_widest_staff_key_may_all_but_what_no_key_may(app: FastAPI, world: World) -> None:
    held = grantable(staff=True)
    found = await statuses(app, world, lambda: with_key(app, "platform:all"))
    for door, status in found.items():
        assert (status in REFUSED) == (not held.issuperset(door.permissions)), (door, status)
