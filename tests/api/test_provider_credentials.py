"""An organization's own keys at providers of models: Alice owns, Bob is a member, Charlie is a stranger."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from domain.ids import read
from tests.api.conftest import World, signed_in, with_key
from tests.model_host import ModelHost, serving
from tests.monthend import one, rows

SECRET = "sk-of-acme-0123456789-wxyz"
NEXT = "sk-next-0123456789-abcd"


@pytest.fixture
def host() -> Iterator[ModelHost]:
    with serving() as started:
        started.keys |= {SECRET, NEXT}
        yield started


@pytest.fixture
def here(world: World) -> str:
    return f"{world.acme_path}/provider-credentials"


def body(host: ModelHost, **changes: object) -> dict[str, Any]:
    base = {
        "provider": "openai_compatible",
        "name": "Production",
        "base_url": f"{host.url}/v1",
        "secret": SECRET,
    }
    return {**base, **changes}


async def added(client: httpx.AsyncClient, here: str, host: ModelHost, **changes: object) -> str:
    answer = await client.post(here, json=body(host, **changes))
    assert answer.status_code == 201, answer.text
    return f"/v1/provider-credentials/{answer.json()['id']}"


async def a_project(client: httpx.AsyncClient, world: World, name: str) -> str:
    answer = await client.post(f"{world.acme_path}/projects", json={"name": name})
    found: str = answer.json()["id"]
    return found


async def test_a_key_is_kept_and_its_provider_asked_before_the_answer_leaves(
    alice: httpx.AsyncClient, here: str, host: ModelHost
) -> None:
    path = await added(alice, here, host)
    shown = (await alice.get(path)).json()
    assert (shown["readiness"], shown["reason"], shown["last_four"]) == ("ready", "lists 2 models", "wxyz")
    assert shown["provider_name"] == "OpenAI-compatible host"
    assert (await alice.get(here)).json()["items"] == [shown]
    assert host.asked[0][1]["authorization"] == f"Bearer {SECRET}"


async def test_the_key_is_nowhere_in_the_clear(
    alice: httpx.AsyncClient, here: str, host: ModelHost, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [await alice.post(here, json=body(host), headers={"Idempotency-Key": "once"})]
    path = f"/v1/provider-credentials/{told[0].json()['id']}"
    told += [await alice.patch(path, json={"name": "Main"}), await alice.get(path), await alice.get(here)]
    told += [await alice.post(here, json=body(host, secret=f"{SECRET} x"))]
    told += [await alice.post(f"{path}/rotate", json={"secret": NEXT})]
    async with database.begin() as tx:
        tables = [
            row[0]
            for row in await tx.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        ]
        kept = [str((await tx.execute(text(f"select * from {table}"))).all()) for table in tables]
    for secret in (SECRET, NEXT):
        assert all(secret not in place for place in (*kept, *(answer.text for answer in told), caplog.text))
    assert "sealed_secret" not in "".join(answer.text for answer in told)


async def test_only_managers_and_staff_see_it_and_only_they_change_it(
    app: FastAPI, alice: httpx.AsyncClient, here: str, host: ModelHost
) -> None:
    path = await added(alice, here, host)
    for name, status in (("ada", 200), ("bob", 403), ("vera", 403), ("charlie", 404), ("stella", 200)):
        client = await signed_in(app, name)
        seen = (await client.get(here), await client.get(path), await client.post(f"{path}/check"))
        assert {answer.status_code for answer in seen} == {status}, name
        if status != 200:
            assert (await client.delete(path)).status_code == status
            assert (await client.post(f"{path}/rotate", json={"secret": NEXT})).status_code == status
            assert (await client.patch(path, json={"name": "x"})).status_code == status
    assert (await alice.get(path)).json()["version"] == 1


async def test_the_same_request_keeps_one_key_and_names_are_unique_in_their_place(
    alice: httpx.AsyncClient, here: str, host: ModelHost, world: World
) -> None:
    first, second = [
        await alice.post(here, json=body(host), headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert first.json()["id"] == second.json()["id"]
    again = await alice.post(here, json=body(host, name=" production "))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    project = await a_project(alice, world, "Bot")
    other = await added(alice, here, host, project_id=project)
    await added(alice, here, host, provider="mistral")
    await added(alice, here, host, name="Second")
    assert (await alice.patch(other, json={"name": "Second"})).status_code == 200


async def test_a_key_can_be_for_a_project_of_the_own_organization_only(
    app: FastAPI, alice: httpx.AsyncClient, here: str, host: ModelHost, world: World
) -> None:
    own = await a_project(alice, world, "Bot")
    await added(alice, here, host, name="Whole")
    await added(alice, here, host, name="Bot's", project_id=own)
    held = (await alice.get(here, params={"project_id": own})).json()["items"]
    assert [each["name"] for each in held] == ["Bot's"]
    stella = await signed_in(app, "stella")
    made = await stella.post(here.replace(world.acme_path, _other(world)), json=body(host, project_id=own))
    assert made.status_code == 404


def _other(world: World) -> str:
    return f"/v1/organizations/org_{world.other.hex}"


async def test_the_database_itself_refuses_another_organizations_project(
    alice: httpx.AsyncClient, here: str, host: ModelHost, world: World, database: Database
) -> None:
    await added(alice, here, host)
    project = uuid4()
    async with database.begin() as tx:
        insert = "insert into projects (id, organization_id, name, created_at) values (:id, :other, 'theirs', now())"
        await tx.execute(text(insert), {"id": project, "other": world.other})
    with pytest.raises(Exception, match="provider_credentials_project"):
        await one(
            database, "update provider_credentials set project_id = :project returning 1", project=project
        )


async def test_the_key_kept_is_not_handed_to_another_host(
    alice: httpx.AsyncClient, here: str, host: ModelHost
) -> None:
    path = await added(alice, here, host)
    with serving() as other:
        refused = await alice.patch(path, json={"base_url": other.url})
        assert (refused.status_code, refused.json()["detail"].partition(":")[0]) == (422, "secret")
        moved = await alice.patch(path, json={"base_url": f"{host.url}/v2"})
        assert (moved.status_code, moved.json()["version"]) == (200, 1)
        anew = await alice.patch(path, json={"base_url": other.url, "secret": NEXT})
        assert (anew.status_code, anew.json()["version"]) == (200, 2)
        assert [headers["authorization"] for _, headers in other.asked] == [f"Bearer {NEXT}"]
    assert [path for path, _ in host.asked] == ["/v1/models", "/v2/models"]


async def test_rotating_keeps_the_row_replaces_the_key_and_asks_again(
    alice: httpx.AsyncClient, here: str, host: ModelHost, database: Database
) -> None:
    path = await added(alice, here, host)
    before = (await alice.get(path)).json()
    old = await one(database, "select sealed_secret from provider_credentials")
    await alice.post(f"{path}/rotate", json={"secret": NEXT})
    after = (await alice.get(path)).json()
    assert (after["id"], after["version"], after["last_four"]) == (before["id"], 2, "abcd")
    assert (after["readiness"], after["rotated_at"] > before["rotated_at"]) == ("ready", True)
    await one(database, "update provider_credentials set sealed_secret = :old returning 1", old=old)
    assert "no longer read" in (await alice.post(f"{path}/check")).json()["reason"]


async def test_it_is_refused_disabled_enabled_and_removed(
    alice: httpx.AsyncClient, here: str, host: ModelHost, database: Database
) -> None:
    path = await added(alice, here, host, secret="sk-unknown-to-the-host")
    assert (await alice.get(path)).json()["readiness"] == "refused"
    off = (await alice.patch(path, json={"enabled": False})).json()
    assert (off["enabled"], len(host.asked)) == (False, 1)
    host.keys.add("sk-unknown-to-the-host")
    await alice.patch(path, json={"enabled": True})
    assert (await alice.get(path)).json()["readiness"] == "ready"
    assert (await alice.delete(path)).status_code == 204
    assert (await alice.get(path)).status_code == 404
    assert await one(database, "select count(*) from provider_credentials") == 0


async def test_acts_are_in_the_audit_log_without_the_key(
    alice: httpx.AsyncClient, here: str, host: ModelHost, database: Database
) -> None:
    path = await added(alice, here, host)
    await alice.patch(path, json={"name": "Main"})
    await alice.post(f"{path}/rotate", json={"secret": NEXT})
    await alice.delete(path)
    query = (
        "select action, actor_name, before, after from audit where action like 'provider_%' order by sequence"
    )
    found = await rows(database, query)
    acts = [row["action"].removeprefix("provider_credential.") for row in found]
    assert acts == ["create", "check", "change", "rotate", "check", "remove"]
    assert {row["actor_name"] for row in found} == {"alice@example.com"}
    assert (found[2]["before"]["name"], found[2]["after"]["name"]) == ("Production", "Main")


async def test_a_stolen_session_may_look_but_neither_rotate_nor_remove(
    alice: httpx.AsyncClient, here: str, host: ModelHost, database: Database
) -> None:
    path = await added(alice, here, host)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    await one(database, "update sessions set proved_at = :at returning 1", at=long_ago)
    tried = [await alice.delete(path), await alice.post(f"{path}/rotate", json={"secret": NEXT})]
    tried += [await alice.patch(path, json={"secret": NEXT})]
    assert {answer.json()["code"] for answer in tried} == {"reauthenticate"}
    assert (await alice.get(path)).status_code == 200


async def test_an_api_key_needs_the_scope_and_stays_in_its_project(
    app: FastAPI, alice: httpx.AsyncClient, here: str, host: ModelHost, world: World
) -> None:
    project = await a_project(alice, world, "Bot")
    whole = await added(alice, here, host)
    wide = await with_key(app, "workspace:write", organization_id=world.acme)
    assert (await wide.get(whole)).status_code == 200
    assert (await wide.post(here, json=body(host, name="x"))).status_code == 403
    scopes = ("providers:read", "providers:write")
    narrow = await with_key(app, *scopes, organization_id=world.acme, project_id=read("prj", project))
    assert (await narrow.post(here, json=body(host, name="x"))).status_code == 404
    own = await added(narrow, here, host, name="x", project_id=project)
    assert (await narrow.post(f"{whole}/check")).status_code == 404
    assert (await narrow.post(f"{own}/check")).json()["readiness"] == "ready"
    assert [each["name"] for each in (await narrow.get(here)).json()["items"]] == ["Production", "x"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"secret": "short"}, "secret"),
        ({"secret": "sk-with a blank inside"}, "secret"),
        ({"name": " "}, "name"),
        ({"base_url": "http://models.example.com"}, "base_url"),
        ({"provider": "azure_openai", "base_url": ""}, "base_url"),
        ({"provider": "nobody"}, "body.provider"),
    ],
    ids=["short", "blank", "nameless", "plain-http", "no-address", "unknown"],
)
async def test_what_cannot_be_is_refused_by_its_field(
    alice: httpx.AsyncClient, here: str, host: ModelHost, changes: dict[str, str], field: str
) -> None:
    answer = await alice.post(here, json=body(host, **changes))
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert "blank inside" not in answer.text


async def test_the_known_providers_say_where_they_are(alice: httpx.AsyncClient) -> None:
    known = {each["provider"]: each for each in (await alice.get("/v1/providers")).json()["items"]}
    assert known["openai"]["base_url"] == "https://api.openai.com/v1"
    assert known["azure_openai"]["example"].startswith("https://your-resource.")
