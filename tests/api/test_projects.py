"""Projects: who sees, leads and changes them, their milestones and people."""

import httpx
import pytest
from fastapi import FastAPI

from tests.api.conftest import World, person, signed_in, with_key

FRAUD = {
    "name": "Fraud desk",
    "contracted_value": "12000",
    "starts_on": "2026-11-01",
    "ends_on": "2027-03-31",
}


async def opened(client: httpx.AsyncClient, world: World, **more: object) -> str:
    answer = await client.post(f"{world.acme_path}/projects", json={**FRAUD, **more})
    assert answer.status_code == 201, answer.text
    return f"/v1/projects/{answer.json()['id']}"


async def actions(client: httpx.AsyncClient) -> list[str]:
    return [
        entry["action"] for entry in (await client.get("/v1/audit", params={"limit": 500})).json()["items"]
    ]


async def test_a_project_is_described_led_and_valued(alice: httpx.AsyncClient, world: World) -> None:
    path = await opened(alice, world, owner_id=await person(alice))
    shown = (await alice.get(path)).json()
    assert (shown["status"], shown["contracted_value"], shown["currency"]) == ("active", "12000.00", "USD")
    assert (shown["owner"]["name"], shown["owner"]["kind"]) == ("Alice", "member")
    changed = await alice.patch(path, json={"name": "Fraud", "owner_id": None, "ends_on": None})
    assert (changed.json()["name"], changed.json()["owner"], changed.json()["ends_on"]) == (
        "Fraud",
        None,
        None,
    )
    assert "project.change" in await actions(alice)


async def test_the_value_is_told_to_owners_admins_and_staff_only(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    path = await opened(alice, world)
    await alice.post(f"{path}/milestones", json={"name": "Live", "amount": "4000"})
    for reader, value, amount in (
        (alice, "12000.00", "4000.00"),
        (stella, "12000.00", "4000.00"),
        (bob, None, None),
    ):
        assert (await reader.get(path)).json()["contracted_value"] == value
        assert (await reader.get(f"{path}/milestones")).json()["items"][0]["amount"] == amount


async def test_a_member_sees_and_an_administrator_of_the_project_changes_it(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    path = await opened(alice, world)
    assert (await bob.patch(path, json={"name": "Mine"})).json()["permission"] == "projects:write"
    put = await alice.put(f"{path}/members/{await person(bob)}", json={"role": "administrator"})
    assert (put.status_code, put.json()["role"]) == (200, "administrator")
    assert (await bob.patch(path, json={"name": "Ours"})).json()["name"] == "Ours"
    assert (await bob.post(f"{path}/status", json={"status": "on_hold"})).json()["status"] == "on_hold"
    assert (await bob.patch(path, json={"contracted_value": "1"})).status_code == 403
    other = await opened(alice, world, name="Another")
    assert (await bob.patch(other, json={"name": "Ours too"})).status_code == 403


async def test_a_plain_member_of_a_project_changes_nothing(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    path = await opened(alice, world)
    await alice.put(f"{path}/members/{await person(bob)}", json={"role": "access_all_assistants"})
    assert (await bob.post(f"{path}/milestones", json={"name": "x"})).status_code == 403
    assert (
        await bob.put(f"{path}/members/{await person(bob)}", json={"role": "administrator"})
    ).status_code == 403


async def test_a_stranger_finds_no_project_and_is_never_taken_into_one(
    app: FastAPI,
    alice: httpx.AsyncClient,
    charlie: httpx.AsyncClient,
    stella: httpx.AsyncClient,
    world: World,
) -> None:
    path = await opened(alice, world)
    for method, tail in (
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "/members"),
        ("POST", "/milestones"),
        ("GET", "/milestones"),
    ):
        body = None if method == "GET" else {"name": "Mine"}
        assert (await charlie.request(method, path + tail, json=body)).status_code == 404
    for asking in (alice, stella):
        refused = await asking.put(f"{path}/members/{await person(charlie)}", json={"role": "member"})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert (await asking.patch(path, json={"owner_id": await person(charlie)})).status_code == 404
    assert (await charlie.get("/v1/projects")).json()["items"] == []


async def test_staff_lead_a_project_and_its_client_sees_their_name(
    alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    path = await opened(alice, world)
    assert (await alice.patch(path, json={"owner_id": await person(stella)})).status_code == 404
    await stella.patch(path, json={"owner_id": await person(stella)})
    assert (await alice.get(path)).json()["owner"] == {
        "user_id": await person(stella),
        "name": "Stella",
        "kind": "staff",
    }
    listed = await stella.get("/v1/projects", params={"owner_id": await person(stella), "search": "acm"})
    assert [item["organization_name"] for item in listed.json()["items"]] == ["Acme"]


@pytest.mark.parametrize(
    "way",
    [("on_hold", "active", "completed", "active"), ("cancelled", "planned", "active")],
    ids=["held", "cancelled"],
)
async def test_a_status_follows_the_one_before(
    alice: httpx.AsyncClient, world: World, way: tuple[str, ...]
) -> None:
    path = await opened(alice, world)
    for status in way:
        assert (await alice.post(f"{path}/status", json={"status": status})).json()["status"] == status
    refused = await alice.post(f"{path}/status", json={"status": "planned"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_milestones_are_put_in_order_done_and_removed(alice: httpx.AsyncClient, world: World) -> None:
    path = await opened(alice, world)
    made = [
        (await alice.post(f"{path}/milestones", json={"name": name, "due_on": "2026-12-01"})).json()
        for name in "ABC"
    ]
    await alice.patch(f"{path}/milestones/{made[2]['id']}", json={"place": 1})
    await alice.patch(f"{path}/milestones/{made[2]['id']}", json={"done": True})
    await alice.delete(f"{path}/milestones/{made[0]['id']}")
    items = (await alice.get(f"{path}/milestones")).json()["items"]
    assert [(item["name"], item["done_at"] is not None) for item in items] == [("C", True), ("B", False)]
    project = (await alice.get(path)).json()
    assert (project["milestones"], project["milestones_done"], project["next_milestone"]) == (2, 1, "B")


async def test_milestones_come_to_no_more_than_was_contracted(alice: httpx.AsyncClient, world: World) -> None:
    path = await opened(alice, world)
    await alice.post(f"{path}/milestones", json={"name": "A", "amount": "8000"})
    refused = await alice.post(f"{path}/milestones", json={"name": "B", "amount": "4000.01"})
    assert (
        refused.json()["detail"]
        == "amount: the milestones come to 12000.01, more than the contracted 12000.00"
    )
    assert (await alice.patch(path, json={"contracted_value": "7999"})).status_code == 422
    assert (await alice.post(f"{path}/milestones", json={"name": "C", "amount": "-1"})).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"ends_on": "2026-10-01"}, {"contracted_value": "-1"}, {"name": " "}, {"description": "x" * 4001}],
    ids=["ends before it starts", "below nothing", "no name", "too long"],
)
async def test_what_does_not_fit_together_is_refused(
    alice: httpx.AsyncClient, world: World, wrong: dict[str, str]
) -> None:
    path = await opened(alice, world)
    assert (await alice.patch(path, json=wrong)).status_code == 422
    assert (
        await alice.post(f"{world.acme_path}/projects", json={**FRAUD, "name": "B", **wrong})
    ).status_code == 422


async def test_a_name_is_given_once_in_an_organization(alice: httpx.AsyncClient, world: World) -> None:
    await opened(alice, world)
    other = await opened(alice, world, name="Voice")
    assert (await alice.patch(other, json={"name": "Fraud desk"})).status_code == 409


async def test_a_projects_key_sees_its_project_only(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    one, other = await opened(alice, world), await opened(alice, world, name="Voice")
    identifier = (await alice.get(one)).json()["id"]
    made = {"name": "one", "scopes": ["projects:read"], "project_id": identifier}
    secret = (await alice.post(f"{world.acme_path}/api-keys", json=made)).json()["secret"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://test",
        headers={"Authorization": f"Bearer {secret}"},
    ) as key:
        assert ((await key.get(one)).status_code, (await key.get(other)).status_code) == (200, 404)
        assert len((await key.get("/v1/projects")).json()["items"]) == 1


async def test_whoever_leaves_the_organization_leaves_its_projects(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    bobs = await person(bob)
    path = await opened(alice, world, owner_id=bobs)
    await alice.put(f"{path}/members/{bobs}", json={"role": "administrator"})
    await alice.delete(f"{world.acme_path}/members/{bobs}")
    assert (await alice.get(f"{path}/members")).json()["items"] == []
    assert (await alice.get(path)).json()["owner"] is None


async def test_a_viewer_may_administer_one_project(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    path, vera = await opened(alice, world), await signed_in(app, "vera")
    await alice.put(f"{path}/members/{await person(vera)}", json={"role": "administrator"})
    assert (await vera.post(f"{path}/milestones", json={"name": "Live"})).status_code == 201
    key = await with_key(app, "projects:read", organization_id=world.acme)
    assert (await key.post(f"{path}/milestones", json={"name": "Live"})).status_code == 403
