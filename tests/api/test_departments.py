"""Departments: opened, renamed, closed, and who belongs to them."""

import httpx

from tests.api.conftest import World, person


async def opened(client: httpx.AsyncClient, world: World, name: str) -> str:
    answer = await client.post(f"{world.acme_path}/departments", json={"name": name})
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def placed(
    client: httpx.AsyncClient, world: World, person: str, department: str | None
) -> httpx.Response:
    path = f"{world.acme_path}/members/{person}/department"
    return await client.put(path, json={"department_id": department})


async def test_a_name_is_unique_among_the_open_ones(alice: httpx.AsyncClient, world: World) -> None:
    care = await opened(alice, world, "Customer care")
    path = f"{world.acme_path}/departments"
    assert (await alice.post(path, json={"name": "customer CARE"})).status_code == 409
    sales = await opened(alice, world, "Sales")
    assert (await alice.patch(f"{path}/{sales}", json={"name": "Customer care"})).status_code == 409
    await alice.post(f"{path}/{care}/close", json={})
    assert (await alice.patch(f"{path}/{sales}", json={"name": "Customer care"})).status_code == 200
    listed = (await alice.get(path, params={"with_closed": True})).json()["items"]
    assert [item["closed_at"] is None for item in listed].count(True) == 1


async def test_a_department_with_people_closes_only_when_they_are_moved(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    care, sales = await opened(alice, world, "Care"), await opened(alice, world, "Sales")
    await placed(alice, world, await person(bob), care)
    path = f"{world.acme_path}/departments"
    refused = await alice.post(f"{path}/{care}/close", json={})
    assert (refused.status_code, refused.json()["people"]) == (409, 1)
    assert (await alice.post(f"{path}/{care}/close", json={"move_to": care})).status_code == 422
    assert (await alice.post(f"{path}/{care}/close", json={"move_to": sales})).json()["people"] == 0
    assert (await alice.get(path)).json()["items"][0]["people"] == 1
    assert (await placed(alice, world, await person(bob), care)).json()["code"] == "wrong_state"


async def test_a_member_sees_departments_and_changes_none(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    care = await opened(alice, world, "Care")
    path = f"{world.acme_path}/departments"
    assert [item["name"] for item in (await bob.get(path)).json()["items"]] == ["Care"]
    assert (await bob.post(path, json={"name": "Mine"})).json()["permission"] == "departments:write"
    assert (await placed(bob, world, await person(bob), care)).status_code == 403


async def test_a_stranger_neither_sees_departments_nor_gets_into_one(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    care = await opened(alice, world, "Care")
    path = f"{world.acme_path}/departments"
    assert (await charlie.get(path)).status_code == 404
    assert (await charlie.post(f"{path}/{care}/close", json={})).status_code == 404
    assert (await placed(alice, world, await person(charlie), care)).status_code == 404
    own = (await charlie.get("/v1/organizations")).json()["items"][0]["id"]
    answer = await charlie.put(
        f"/v1/organizations/{own}/members/{await person(charlie)}/department", json={"department_id": care}
    )
    assert answer.status_code == 404


async def test_every_act_is_written_down_with_before_and_after(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    care = await opened(alice, world, "Care")
    await alice.patch(f"{world.acme_path}/departments/{care}", json={"name": "Support"})
    await placed(alice, world, await person(bob), care)
    await placed(alice, world, await person(bob), None)
    entries = (await alice.get("/v1/audit", params={"limit": 4})).json()["items"]
    assert [entry["action"] for entry in entries] == [
        "member.department",
        "member.department",
        "department.rename",
        "department.create",
    ]
    assert (entries[0]["before"], entries[0]["after"]) == ({"department": care}, {"department": None})
