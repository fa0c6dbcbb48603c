import csv
import io
from typing import LiteralString

import httpx
import psycopg
import pytest

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
