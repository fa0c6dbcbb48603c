"""A key of one project reaches nothing beyond it: not by its scopes when it is made, nor by those it was given before."""

import httpx
import pytest
from fastapi import FastAPI

from db.engine import Database
from domain.project_scopes import ABOUT_PROJECT
from domain.roles import grantable
from tests.api.conftest import World, browser
from tests.privacy import run

BEYOND = sorted({"workspace:read", "workspace:write", *grantable(staff=False) - ABOUT_PROJECT})


@pytest.fixture
async def project(alice: httpx.AsyncClient, world: World) -> str:
    answer = await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})
    return str(answer.json()["id"])


async def made(alice: httpx.AsyncClient, world: World, project: str, *scopes: str) -> httpx.Response:
    body = {"name": "Bot", "scopes": list(scopes), "project_id": project}
    return await alice.post(f"{world.acme_path}/api-keys", json=body)


async def old_key(
    app: FastAPI, alice: httpx.AsyncClient, world: World, project: str, database: Database
) -> tuple[str, httpx.AsyncClient]:
    """A key of the project as it could once be made, with everything an organization's key can carry."""
    fresh = (await made(alice, world, project, "usage:read")).json()
    every = sorted({"workspace:write", *grantable(staff=False)})
    await run(database, "update api_keys set scopes = :every", every=every)
    return fresh["id"], browser(app, Authorization=f"Bearer {fresh['secret']}")


@pytest.mark.parametrize("scope", BEYOND)
async def test_a_scope_that_reaches_beyond_a_project_is_refused_for_its_key(
    alice: httpx.AsyncClient, world: World, project: str, scope: str
) -> None:
    answer = await made(alice, world, project, "usage:read", scope)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert scope in answer.json()["detail"]


async def test_what_is_about_a_project_can_be_given(
    alice: httpx.AsyncClient, world: World, project: str
) -> None:
    answer = await made(alice, world, project, *sorted(ABOUT_PROJECT - {"widget:chat"}))
    assert answer.status_code == 201, answer.text


async def test_a_key_that_was_given_more_before_does_no_more_with_it(
    app: FastAPI, alice: httpx.AsyncClient, world: World, project: str, database: Database
) -> None:
    _, key = await old_key(app, alice, world, project, database)
    here = world.acme_path
    tried = [
        await key.patch(here, json={"name": "Mine"}),
        await key.get("/v1/audit"),
        await key.post(f"{here}/invites", json={"email": "me@example.com", "role": "admin"}),
        await key.post(f"{here}/departments", json={"name": "Mine"}),
        await key.post(f"{here}/projects", json={"name": "Another"}),
        await key.get("/v1/invoices"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in tried] == [(403, "forbidden")] * 6


async def test_it_still_works_in_its_own_project(
    app: FastAPI, alice: httpx.AsyncClient, world: World, project: str, database: Database
) -> None:
    _, key = await old_key(app, alice, world, project, database)
    assert (await key.patch(f"/v1/projects/{project}", json={"description": "d"})).status_code == 200
    assert (await key.get("/v1/usage")).status_code == 200


async def test_its_successor_is_given_by_name_what_it_could_do(
    app: FastAPI, alice: httpx.AsyncClient, world: World, project: str, database: Database
) -> None:
    key_id, _ = await old_key(app, alice, world, project, database)
    answer = await alice.post(f"/v1/api-keys/{key_id}/rotate", json={})
    assert (answer.status_code, set(answer.json()["scopes"])) == (201, set(ABOUT_PROJECT))
