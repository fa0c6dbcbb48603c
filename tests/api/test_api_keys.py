import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import World, browser, with_key


def bearer(app: FastAPI, secret: str) -> httpx.AsyncClient:
    return browser(app, Authorization=f"Bearer {secret}")


async def made(alice: httpx.AsyncClient, world: World, *scopes: str) -> dict[str, str]:
    body = {"name": "Gateway", "scopes": list(scopes) or ["usage:read"]}
    answer = await alice.post(f"{world.acme_path}/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    fresh: dict[str, str] = answer.json()
    return fresh


async def test_an_owner_makes_a_key_whose_secret_is_shown_once(
    alice: httpx.AsyncClient, world: World
) -> None:
    fresh = await made(alice, world)
    assert fresh["secret"].startswith("bo_live_")
    listed = (await alice.get(f"{world.acme_path}/api-keys")).json()["items"]
    assert [item["id"] for item in listed] == [fresh["id"]]
    assert "secret" not in listed[0]
    assert fresh["secret"].startswith(listed[0]["prefix"])


async def test_the_same_request_with_one_idempotency_key_makes_one_key(
    alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    body, once = {"name": "Gateway", "scopes": ["usage:read"]}, {"Idempotency-Key": "k-1"}
    path = f"{world.acme_path}/api-keys"
    first, again = [(await alice.post(path, json=body, headers=once)).json() for _ in range(2)]
    other = await alice.post(path, json=body | {"name": "Other"}, headers=once)
    async with database.begin() as tx:
        kept = (await tx.execute(text("select body::text from idempotency_keys"))).scalar_one()
    assert (first, other.status_code) == (again, 409)
    assert first["secret"] not in kept


async def test_the_database_holds_only_a_keyed_hash(
    alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    fresh = await made(alice, world)
    async with database.begin() as tx:
        row = (await tx.execute(text("select api_keys::text from api_keys"))).scalar_one()
    assert fresh["secret"] not in row


async def test_a_key_does_what_its_scopes_say_and_no_more(
    alice: httpx.AsyncClient, world: World, app: FastAPI
) -> None:
    key = bearer(app, (await made(alice, world, "projects:read"))["secret"])
    assert (await key.get(f"{world.acme_path}/projects")).status_code == 200
    answer = await key.get(f"{world.acme_path}/members")
    assert (answer.status_code, answer.json()["permission"]) == (403, "members:read")


@pytest.mark.parametrize(
    "scope", ["prices:read", "costs:read", "platform:all", "keys:manage", "audit:verify", "nonsense"]
)
async def test_an_organization_key_never_carries_what_is_internal(
    alice: httpx.AsyncClient, world: World, scope: str
) -> None:
    answer = await alice.post(f"{world.acme_path}/api-keys", json={"name": "x", "scopes": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_keys_are_never_managed_by_key(
    app: FastAPI, world: World, staff_key: httpx.AsyncClient
) -> None:
    owner = await with_key(app, "workspace:write", organization_id=world.acme)
    for client in (owner, staff_key):
        assert (await client.get(f"{world.acme_path}/api-keys")).status_code == 403


async def test_a_rotated_key_works_until_its_overlap_ends(
    alice: httpx.AsyncClient, world: World, app: FastAPI
) -> None:
    old = await made(alice, world, "projects:read")
    fresh = (await alice.post(f"/v1/api-keys/{old['id']}/rotate", json={"overlap_seconds": 3600})).json()
    assert (await bearer(app, old["secret"]).get(f"{world.acme_path}/projects")).status_code == 200
    assert (await bearer(app, fresh["secret"]).get(f"{world.acme_path}/projects")).status_code == 200
    assert (await alice.post(f"/v1/api-keys/{old['id']}/rotate", json={})).status_code == 409


async def test_a_successor_lives_as_long_as_its_key_was_made_for(
    alice: httpx.AsyncClient, world: World
) -> None:
    ends = datetime.now(UTC) + timedelta(days=30)
    body = {"name": "Gateway", "scopes": ["usage:read"], "expires_at": ends.isoformat()}
    old = (await alice.post(f"{world.acme_path}/api-keys", json=body)).json()
    fresh = (await alice.post(f"/v1/api-keys/{old['id']}/rotate", json={})).json()
    assert timedelta(0) <= datetime.fromisoformat(fresh["expires_at"]) - ends < timedelta(minutes=5)


async def test_a_key_rotated_without_overlap_stops(
    alice: httpx.AsyncClient, world: World, app: FastAPI
) -> None:
    old = await made(alice, world, "projects:read")
    await alice.post(f"/v1/api-keys/{old['id']}/rotate", json={"overlap_seconds": 0})
    assert (await bearer(app, old["secret"]).get(f"{world.acme_path}/projects")).status_code == 401


async def test_a_revoked_key_stops_at_once(alice: httpx.AsyncClient, world: World, app: FastAPI) -> None:
    fresh = await made(alice, world, "projects:read")
    key = bearer(app, fresh["secret"])
    assert (await key.get(f"{world.acme_path}/projects")).status_code == 200
    await alice.post(f"/v1/api-keys/{fresh['id']}/revoke")
    assert (await key.get(f"{world.acme_path}/projects")).status_code == 401


async def test_a_stranger_cannot_touch_a_key(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    fresh = await made(alice, world)
    assert (await charlie.post(f"/v1/api-keys/{fresh['id']}/revoke")).status_code == 404
    assert (await charlie.get(f"{world.acme_path}/api-keys")).status_code == 404


async def test_a_key_of_another_organizations_project_is_refused(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    project = (await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})).json()
    mine = (await charlie.get("/v1/organizations")).json()["items"][0]["id"]
    body = {"name": "x", "scopes": ["usage:read"], "project_id": project["id"]}
    assert (await charlie.post(f"/v1/organizations/{mine}/api-keys", json=body)).status_code == 404


@pytest.mark.parametrize("secret", ["nonsense", "bo_live_" + "a" * 38, "sk_live_" + "a" * 38, ""])
async def test_a_wrong_key_is_401_with_a_reason(app: FastAPI, secret: str) -> None:
    answer = await bearer(app, secret).get("/v1/organizations")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_revoked_by_another_process_is_forgotten_here_at_once(
    alice: httpx.AsyncClient,
    world: World,
    app: FastAPI,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.identities.REMEMBERED_SECONDS", 3600.0)
    key = bearer(app, (await made(alice, world, "projects:read"))["secret"])
    assert (await key.get(f"{world.acme_path}/projects")).status_code == 200
    async with database.begin() as tx:
        await tx.execute(text("update api_keys set revoked_at = now()"))
    async with asyncio.timeout(20):
        while (await key.get(f"{world.acme_path}/projects")).status_code != 401:
            pass


async def test_a_publishable_key_works_from_its_origins_only(
    alice: httpx.AsyncClient, world: World, app: FastAPI
) -> None:
    body = {
        "name": "Widget",
        "kind": "publishable",
        "scopes": ["widget:chat"],
        "origins": ["https://Acme.example/"],
    }
    fresh = (await alice.post(f"{world.acme_path}/api-keys", json=body)).json()
    listed = (await alice.get(f"{world.acme_path}/api-keys")).json()["items"][0]
    assert fresh["secret"].startswith("bo_live_pub_")
    assert (listed["public_key"], listed["origins"]) == (fresh["secret"], ["https://acme.example"])
    key = bearer(app, fresh["secret"])
    codes = [
        (await key.get("/v1/organizations", headers=headers)).json()["code"]
        for headers in (
            {"Origin": ""},
            {"Origin": "https://evil.example"},
            {"Origin": "https://acme.example"},
        )
    ]
    assert codes == ["origin_refused", "origin_refused", "forbidden"]


@pytest.mark.parametrize(
    "change",
    [{"scopes": ["usage:read"]}, {"origins": []}, {"origins": ["http://acme.example"]}, {"kind": "secret"}],
    ids=["another-scope", "no-origin", "unprotected", "secret-with-origins"],
)
async def test_a_publishable_key_is_one_scope_and_protected_origins(
    alice: httpx.AsyncClient, world: World, change: dict[str, object]
) -> None:
    body = {
        "name": "Widget",
        "kind": "publishable",
        "scopes": ["widget:chat"],
        "origins": ["https://a.example"],
    }
    answer = await alice.post(f"{world.acme_path}/api-keys", json=body | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_uses_are_noted_off_the_hot_path(alice: httpx.AsyncClient, world: World, app: FastAPI) -> None:
    key = bearer(app, (await made(alice, world, "projects:read"))["secret"])
    await asyncio.gather(*(key.get(f"{world.acme_path}/projects") for _ in range(5)))
    await app.state.identities.note_uses()
    listed = (await alice.get(f"{world.acme_path}/api-keys")).json()["items"]
    assert listed[0]["last_used_at"] is not None
    assert listed[0]["last_used_ip"] == "127.0.0.1"


async def test_a_staff_key_is_made_with_a_fresh_proof_only(
    stella: httpx.AsyncClient, database: Database
) -> None:
    body = {"name": "Gateway", "scopes": ["usage:write"]}
    mine = (await stella.post("/v1/api-keys", json=body)).json()["id"]
    rotate, once = f"/v1/api-keys/{mine}/rotate", {"Idempotency-Key": "r-1"}
    told = [await stella.post(rotate, json={}, headers=once) for _ in range(2)]
    assert (told[0].status_code, told[1].headers["Idempotent-Replayed"]) == (201, "true")
    async with database.begin() as tx:
        await tx.exec_driver_sql("update sessions set proved_at = now() - interval '1 hour'")
    assert (await stella.post("/v1/api-keys", json=body)).json()["code"] == "reauthenticate"
    for headers in (once, None):
        refused = await stella.post(rotate, json={}, headers=headers)
        assert refused.json()["code"] == "reauthenticate"


async def test_an_organizations_key_is_rotated_without_a_fresh_proof(
    alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    fresh = await made(alice, world)
    async with database.begin() as tx:
        await tx.exec_driver_sql("update sessions set proved_at = now() - interval '1 hour'")
    assert (await alice.post(f"/v1/api-keys/{fresh['id']}/rotate", json={})).status_code == 201
