"""A suspended organization is told why and what to do, goes on being billed, and works again at once."""

import httpx
from fastapi import FastAPI

from tests.api.conftest import World, with_key


async def test_keys_and_people_are_told_why_and_what_to_do(
    app: FastAPI, alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    key = await with_key(app, "projects:read", "projects:write", organization_id=world.acme)
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid for ninety days"})
    for client in (alice, key):
        assert (await client.get(f"{world.acme_path}/projects")).status_code == 200
        refused = await client.post(f"{world.acme_path}/projects", json={"name": "Bot"})
        told = refused.json()
        assert (refused.status_code, told["code"]) == (403, "organization_suspended")
        assert (told["organization_state"], told["reason"]) == ("suspended", "unpaid for ninety days")
        assert told["billing_url"].endswith("/portal/invoices")
        assert "Settle what is due" in told["remedy"]


async def test_what_was_never_allowed_stays_forbidden(
    app: FastAPI, bob: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    refused = await bob.post(f"{world.acme_path}/projects", json={"name": "Bot"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_projects_administrator_changes_nothing_either(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    made = (await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})).json()
    bobs = (await bob.get("/v1/sessions/current")).json()["user_id"]
    await alice.put(f"/v1/projects/{made['id']}/members/{bobs}", json={"role": "administrator"})
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    refused = await bob.patch(f"/v1/projects/{made['id']}", json={"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "organization_suspended")


async def test_usage_is_still_taken_and_service_is_back_at_once(
    app: FastAPI, stella: httpx.AsyncClient, world: World
) -> None:
    key = await with_key(app, "workspace:write", organization_id=world.acme)
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    assert (await key.post("/v1/usage", json=[])).status_code != 403
    assert (await key.post(f"{world.acme_path}/projects", json={"name": "Bot"})).status_code == 403
    await stella.post(f"{world.acme_path}/unsuspend", json={"reason": "paid"})
    assert (await key.post(f"{world.acme_path}/projects", json={"name": "Bot"})).status_code == 201


async def test_a_suspension_needs_a_reason_and_is_written_down(
    stella: httpx.AsyncClient, world: World
) -> None:
    assert (await stella.post(f"{world.acme_path}/suspend", json={"reason": " "})).status_code == 422
    await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    entry = (await stella.get("/v1/audit", params={"limit": 1})).json()["items"][0]
    assert (entry["action"], entry["before"]["state"], entry["after"]["state"]) == (
        "organization.suspend",
        "active",
        "suspended",
    )
    assert entry["after"]["suspended_reason"] == "unpaid"
