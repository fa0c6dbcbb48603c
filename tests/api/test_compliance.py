"""What an organization decides about its data is honoured, and on record."""

from datetime import UTC, datetime

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from gateways.settings import Settings
from tests.api.conftest import World, with_key


async def report(app: FastAPI, world: World, record: str) -> None:
    key = await with_key(app, "usage:write", organization_id=world.acme)
    body = {
        "id": record,
        "organization_id": world.acme_path.rsplit("/", 1)[1],
        "occurred_at": datetime.now(UTC).isoformat(),
        "provider": "openai",
        "model": "gpt-5",
        "input_tokens": 3,
        "output_tokens": 4,
        "request": {"text": "a secret"},
        "response": {"text": "an answer"},
    }
    answer = await key.post("/v1/usage", json=[body])
    assert answer.json()["accepted"] == 1, answer.text


async def stored(database: Database) -> list[str]:
    async with database.begin() as tx:
        return list((await tx.execute(text("select id from usage_payloads order by id"))).scalars())


async def test_no_text_is_stored_for_an_organization_that_wants_none(
    app: FastAPI, alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    await report(app, world, "kept")
    change = {"payload_retention": "none", "data_contact": "privacy@acme.example"}
    answer = await alice.patch(f"{world.acme_path}/settings", json=change)
    assert answer.json()["payload_retention"] == "none"
    await report(app, world, "dropped")
    assert await stored(database) == ["kept"]
    entry = (await alice.get("/v1/audit", params={"action": "settings"})).json()["items"][0]
    assert (entry["before"]["payload_retention"], entry["after"]["payload_retention"]) == ("retain", "none")


async def test_a_member_sees_the_settings_and_cannot_change_them(
    bob: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    path = f"{world.acme_path}/settings"
    assert (await bob.get(path)).json()["payload_retention"] == "retain"
    assert (await bob.patch(path, json={"payload_retention": "none"})).status_code == 403
    assert (await charlie.get(path)).status_code == 404
    assert (await charlie.patch(path, json={})).status_code == 404


async def test_a_contact_is_an_address_or_nothing(alice: httpx.AsyncClient, world: World) -> None:
    path = f"{world.acme_path}/settings"
    assert (await alice.patch(path, json={"data_contact": "nobody"})).status_code == 422
    assert (await alice.patch(path, json={"data_contact": ""})).json()["data_contact"] == ""


def test_clients_are_told_what_the_settings_say() -> None:
    names = {"LEGAL_RESIDENCY_NOTE": "Frankfurt", "LEGAL_SUBPROCESSORS": "A: hosting, DE|B: mail, US"}
    entity = Settings.read({**names, "LEGAL_EMAIL": "ask@us.example"}).legal_entity
    assert (entity.residency_note, entity.data_contact) == ("Frankfurt", "ask@us.example")
    assert entity.subprocessors == ("A: hosting, DE", "B: mail, US")
