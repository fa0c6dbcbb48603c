"""Members: their roles, taking them out, leaving; and the last owner, who stays."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from db.engine import Database
from tests.api.conftest import World, signed_in
from tests.api.test_invites import members_of


async def ids_of(by: httpx.AsyncClient, world: World) -> dict[str, str]:
    listed = (await by.get(f"{world.acme_path}/members")).json()["items"]
    return {person["name"].lower(): f"{world.acme_path}/members/{person['user_id']}" for person in listed}


async def test_a_new_role_holds_from_the_next_request(
    app: FastAPI, world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    path = (await ids_of(alice, world))["bob"]
    assert (await bob.get(f"{world.acme_path}/invites")).status_code == 403
    assert (await alice.patch(path, json={"role": "admin"})).json()["role"] == "admin"
    assert (await bob.get(f"{world.acme_path}/invites")).status_code == 200


async def test_who_was_taken_out_is_out_at_once(
    world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    assert (await alice.delete((await ids_of(alice, world))["bob"])).status_code == 204
    assert (await bob.get(f"{world.acme_path}/members")).status_code == 401
    assert "bob" not in await members_of(alice, world)
    told = (await alice.get("/v1/audit", params={"action": "member.remove"})).json()["items"]
    assert [entry["before"]["role"] for entry in told] == ["member"]


async def test_members_leave_but_the_last_owner_stays(
    world: World, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    assert (await bob.post(f"{world.acme_path}/members/leave")).status_code == 204
    refused = await alice.post(f"{world.acme_path}/members/leave")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    path = (await ids_of(alice, world))["alice"]
    assert (await alice.delete(path)).json()["code"] == "last_owner"
    assert (await alice.patch(path, json={"role": "member"})).json()["code"] == "last_owner"


async def test_two_owners_demoting_each_other_at_once_leave_one(
    app: FastAPI, world: World, alice: httpx.AsyncClient
) -> None:
    paths = await ids_of(alice, world)
    assert (await alice.patch(paths["ada"], json={"role": "owner"})).status_code == 200
    ada = await signed_in(app, "ada")
    await asyncio.gather(
        alice.patch(paths["ada"], json={"role": "viewer"}), ada.patch(paths["alice"], json={"role": "viewer"})
    )
    stella = await signed_in(app, "stella")
    assert list((await members_of(stella, world)).values()).count("owner") == 1


async def test_admins_cannot_touch_owners_nor_name_one(app: FastAPI, world: World) -> None:
    ada = await signed_in(app, "ada")
    paths = await ids_of(ada, world)
    assert (await ada.patch(paths["alice"], json={"role": "viewer"})).status_code == 403
    assert (await ada.delete(paths["alice"])).status_code == 403
    assert (await ada.patch(paths["ada"], json={"role": "owner"})).status_code == 403
    assert (await ada.patch(paths["bob"], json={"role": "viewer"})).status_code == 200


async def test_a_stranger_changes_nobody(
    world: World, alice: httpx.AsyncClient, charlie: httpx.AsyncClient
) -> None:
    path = (await ids_of(alice, world))["bob"]
    assert (await charlie.patch(path, json={"role": "viewer"})).status_code == 404
    assert (await charlie.delete(path)).status_code == 404
    assert (await charlie.post(f"{world.acme_path}/members/leave")).status_code == 404
    assert (await members_of(alice, world))["bob"] == "member"


@pytest.mark.parametrize(
    "change", [{"state": "disabled"}, {"role": "contractor"}], ids=["disabled", "demoted"]
)
async def test_the_last_staff_admin_stays(
    world: World, stella: httpx.AsyncClient, change: dict[str, str]
) -> None:
    people = (await stella.get("/v1/staff")).json()["items"]
    (path,) = (f"/v1/staff/{person['user_id']}" for person in people if person["name"] == "Stella")
    assert (await stella.patch(path, json=change)).json()["code"] == "last_admin"


async def test_a_disabled_colleague_is_out_at_once_and_back_when_enabled(
    app: FastAPI, world: World, stella: httpx.AsyncClient, database: Database
) -> None:
    conrad = await signed_in(app, "conrad")
    people = (await stella.get("/v1/staff")).json()["items"]
    (path,) = (f"/v1/staff/{person['user_id']}" for person in people if person["name"] == "Conrad")
    assert (await stella.patch(path, json={"state": "disabled"})).json()["state"] == "disabled"
    assert (await conrad.get("/v1/sessions/current")).status_code == 401
    assert (await stella.patch(path, json={"state": "active"})).json()["disabled_at"] is None
    await signed_in(app, "conrad")
