import csv
import io
from datetime import UTC, datetime
from typing import LiteralString

import httpx
import psycopg
import pytest

from cli import verify_audit
from db import audit_seals
from db.engine import Database
from domain.audit import first_break, from_line
from tests.api.conftest import World


async def test_acts_are_listed_with_who_and_what_changed(
    alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    await alice.patch(world.acme_path, json={"name": "Acme II"})
    page = (await stella.get("/v1/audit", params={"action": "organization.change"})).json()
    entry = page["items"][0]
    assert entry["actor"]["name"] == "alice@example.com"
    assert (entry["before"], entry["after"]) == ({"name": "Acme"}, {"name": "Acme II"})
    assert entry["organization_id"] in world.acme_path


async def test_an_owner_sees_only_their_own_organizations_acts(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    await alice.patch(world.acme_path, json={"name": "Acme II"})
    actions = [item["action"] for item in (await charlie.get("/v1/audit")).json()["items"]]
    assert actions == ["session.start"]
    acme = world.acme_path.rsplit("/", 1)[1]
    assert (await charlie.get("/v1/audit", params={"organization_id": acme})).status_code == 404


async def test_the_chain_holds_and_an_export_can_be_verified_offline(
    alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    for number in range(3):
        await alice.patch(world.acme_path, json={"name": f"Acme {number}"})
    assert (await stella.get("/v1/audit/verify")).json()["intact"] is True
    lines = (await stella.get("/v1/audit/export")).text.splitlines()
    assert first_break(from_line(line) for line in lines) is None
    assert first_break(from_line(line.replace("Acme 1", "Acme 9")) for line in lines) is not None


async def test_the_csv_export_is_harmless_to_spreadsheets(
    alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    await alice.post(f"{world.acme_path}/projects", json={"name": "=cmd()"})
    text = (await stella.get("/v1/audit/export", params={"format": "csv"})).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert "project.create" in {row["action"] for row in rows}
    assert not any(value.startswith("=") for row in rows for value in row.values())


@pytest.mark.parametrize(
    "tampering",
    ["update audit set action = 'nothing' where sequence = 2", "delete from audit where sequence = 2"],
)
async def test_what_a_superuser_changed_behind_the_triggers_is_found(
    alice: httpx.AsyncClient,
    stella: httpx.AsyncClient,
    world: World,
    database_url: str,
    tampering: LiteralString,
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(tampering)
    found = (await stella.get("/v1/audit/verify")).json()
    assert (found["intact"], found["first_break"]) == (False, 2)


async def test_entries_are_found_by_the_beginning_of_the_act_and_by_name(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    await alice.patch(world.acme_path, json={"name": "Acme II"})

    async def found(**filters: str) -> set[str]:
        return {item["action"] for item in (await alice.get("/v1/audit", params=filters)).json()["items"]}

    assert await found(action="organization") == {"organization.change"}
    assert await found(action="organ") == set()
    assert await found(actor="BOB@example.com") == {"session.start"}


async def test_an_entry_is_proved_to_its_own_organization_only(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World, database: Database
) -> None:
    await alice.patch(world.acme_path, json={"name": "Acme II"})
    number = (await alice.get("/v1/audit")).json()["items"][0]["number"]
    today = datetime.now(UTC)
    async with database.begin() as tx:
        await audit_seals.seal(tx, day=today.date(), now=today)
    proof = (await alice.get(f"/v1/audit/{number}/proof")).json()
    seals = (await alice.get("/v1/audit/seals")).json()["items"]
    assert verify_audit.check_proof(proof, seals[0]["root"]).startswith(f"entry {number} holds")
    assert (await charlie.get(f"/v1/audit/{number}/proof")).status_code == 404
    assert (await alice.get("/v1/audit/999/proof")).status_code == 404
