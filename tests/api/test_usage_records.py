"""The explorer at the doors: filters, pages, one record with its trail, the export, and who sees what."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from activities.list_prices import seed_list_prices
from activities.prices import publish
from db import projects
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import new_id, show
from domain.project import Project
from domain.rates import Rates
from tests.api.conftest import World, with_key
from tests.usage import NOON, Use, a_price, report

COSTLY = Rates(input_nanos=10_000_000_000, output_nanos=20_000_000_000)
EACH = "0.02"


@pytest.fixture
async def books(database: Database) -> None:
    await seed_list_prices(database, now=NOON)
    async with database.begin() as tx:
        await publish(tx, a_price(rates=COSTLY), actor=SYSTEM)


def uses(organization_id: UUID, count: int = 5, **other: object) -> list[Use]:
    times = [NOON - timedelta(minutes=number) for number in range(count)]
    return [
        Use(id=f"r{number}", organization_id=organization_id, occurred_at=at, **other)  # type: ignore[bad-argument-type]  # facts of a record by name
        for number, at in enumerate(times)
    ]


async def ids(client: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await client.get("/v1/usage", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_records_come_newest_first_in_pages(
    staff_key: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await staff_key.get("/v1/usage", params={"limit": 2, **cursor})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert (seen, page["next_cursor"]) == (["r0", "r1", "r2", "r3", "r4"], None)


async def test_each_filter_finds_its_records(
    staff_key: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    odd: dict[str, Any] = {
        "bot_id": "b",
        "end_user": "u",
        "api_key_id": "k",
        "status": "timeout",
        "model": "o9",
        "provider": "acme",
    }
    await report(database_url, *uses(world.acme), Use(id="odd", organization_id=world.other, **odd))
    asked = {"bot": "b", "user": "u", "api_key_id": "k", "status": "error", "model": "o9", "provider": "acme"}
    asked |= {"state": "quarantined", "organization_id": show("org", world.other)}
    for name, value in asked.items():
        assert await ids(staff_key, **{name: value}) == ["odd"], name
    assert await ids(staff_key, status="timeout") == ["odd"]
    assert await ids(staff_key, **{"from": "2026-10-15T11:56:30Z", "to": "2026-10-15T11:58:00Z"}) == ["r3"]


async def test_a_client_sees_its_own_records_only_and_no_provider_cost(
    alice: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme, 1), *uses(world.other, 2))
    answer = (await alice.get("/v1/usage")).json()
    assert [(item["id"], item["price"], item["provider_cost"]) for item in answer["items"]] == [
        ("r0", EACH, None)
    ]
    other = await alice.get("/v1/usage", params={"organization_id": show("org", world.other)})
    assert other.status_code == 404


async def test_a_record_shows_price_cost_postings_and_no_invoice_yet(
    staff_key: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme, 1))
    record = (await staff_key.get("/v1/usage/r0")).json()
    assert (record["price"], record["provider_cost"], record["invoice"]) == (EACH, "0.0075", None)
    assert record["price_version"]["input_per_million"] == "10.00"
    assert record["list_price"]["input_per_million"] == "2.50"
    accounts = {posting["debit"]: posting["amount"] for posting in record["postings"]}
    assert accounts == {"receivable:unbilled": EACH, "cost:provider": "0.0075"}


async def test_a_client_sees_its_postings_but_not_the_providers_side(
    alice: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme, 1), *uses(world.other, 2))
    record = (await alice.get("/v1/usage/r0")).json()
    assert [posting["debit"] for posting in record["postings"]] == ["receivable:unbilled"]
    assert (record["price_version"], record["list_price"]) == (None, None)
    assert (await alice.get("/v1/usage/r1")).status_code == 404


async def test_an_id_of_two_organizations_asks_for_one(
    staff_key: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme, 1), *uses(world.other, 1))
    answer = await staff_key.get("/v1/usage/r0")
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous_record")
    named = {"organization_id": show("org", world.other)}
    assert (await staff_key.get("/v1/usage/r0", params=named)).json()["organization_id"] == named[
        "organization_id"
    ]


async def invoiced(
    database: Database,
    organization_id: UUID,
    number: str = "BO-1",
    period: str = "2026-10-01",
    covers_from: str | None = None,
) -> None:
    """A finalized invoice of a month."""
    facts = {"org": organization_id, "number": number, "period": period, "covers_from": covers_from}
    async with database.begin() as tx:
        await tx.execute(
            text("""insert into invoices (id, organization_id, legal_entity, period, covers_from, covers_until, number, state,
  currency, subtotal_nanos, total_nanos, amount_due_nanos, buyer, seller, created_at) values (uuidv7(), :org, 'main',
  cast(:period as date), cast(cast(:covers_from as text) as timestamptz), '2026-11-01Z', :number, 'finalized', 'USD', 0, 0, 0,
  '{}', '{}', now())"""),
            facts,
        )


@pytest.mark.parametrize("covers_from", ["2026-10-01Z", None])
async def test_the_invoice_that_carries_a_record_is_named(
    staff_key: httpx.AsyncClient,
    world: World,
    books: None,
    database: Database,
    database_url: str,
    covers_from: str | None,
) -> None:
    await report(database_url, *uses(world.acme, 1))
    await invoiced(database, world.acme, covers_from=covers_from)
    assert (await staff_key.get("/v1/usage/r0")).json()["invoice"]["number"] == "BO-1"


async def test_a_late_record_whose_month_was_skipped_is_on_the_next_invoice(
    staff_key: httpx.AsyncClient, world: World, books: None, database: Database, database_url: str
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update wallets set invoiced_until = '2026-11-01Z'"))
    await report(database_url, *uses(world.acme, 1))
    assert (await staff_key.get("/v1/usage/r0")).json()["invoice"] is None
    for number, period in (("BO-1", "2026-10-01"), ("BO-3", "2027-01-01"), ("BO-2", "2026-12-01")):
        await invoiced(database, world.acme, number, period)
    assert (await staff_key.get("/v1/usage/r0")).json()["invoice"]["number"] == "BO-2"


@pytest.mark.parametrize(
    ("scopes", "text_seen"), [(("workspace:read",), None), (("usage:read", "payloads:read"), {"q": 1})]
)
async def test_the_text_of_a_request_needs_its_own_permission(
    app: FastAPI,
    world: World,
    books: None,
    database: Database,
    database_url: str,
    scopes: tuple[str, ...],
    text_seen: object,
) -> None:
    await report(database_url, *uses(world.acme, 1))
    async with database.begin() as tx:
        await tx.execute(
            text("""insert into usage_payloads (organization_id, id, received_at, request)
          select organization_id, id, received_at, '{"q": 1}' from usage""")
        )
    client = await with_key(app, *scopes, organization_id=world.acme)
    assert (await client.get("/v1/usage/r0")).json()["request"] == text_seen


async def test_the_export_holds_every_record_as_csv(
    alice: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme))
    lines = (await alice.get("/v1/usage.csv", params={"model": "gpt-4o"})).text.splitlines()
    assert len(lines) == 6
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (first["id"], first["price"], "provider_cost" in first) == ("r4", EACH, False)


async def test_no_cell_of_the_export_begins_a_formula(
    alice: httpx.AsyncClient, world: World, books: None, database_url: str
) -> None:
    await report(database_url, *uses(world.acme, count=1, end_user="=HYPERLINK(1)", bot_id="@bot"))
    [row] = csv.DictReader(io.StringIO((await alice.get("/v1/usage.csv")).text))
    assert (row["user"], row["bot_id"], row["price"]) == ("'=HYPERLINK(1)", "'@bot", EACH)


@pytest.mark.parametrize("cursor", ["x", "MjAyNg", "OTk5OS0xMi0zMVQyMzo1OTo1OSswMDowMHwwfDA"])
async def test_a_strange_cursor_is_refused(staff_key: httpx.AsyncClient, cursor: str) -> None:
    assert (await staff_key.get("/v1/usage", params={"cursor": cursor})).status_code == 422


async def test_a_projects_key_sees_its_project_only(
    app: FastAPI, world: World, books: None, database: Database, database_url: str
) -> None:
    project = Project(id=new_id(), organization_id=world.acme, name="One", created_at=NOON)
    async with database.begin() as tx:
        await projects.insert_one(tx, project)
    await report(
        database_url,
        Use(id="inside", organization_id=world.acme, project_id=project.id),
        Use(id="outside", organization_id=world.acme),
    )
    client = await with_key(app, "usage:read", organization_id=world.acme, project_id=project.id)
    assert await ids(client) == ["inside"]
    assert [(await client.get(f"/v1/usage/{name}")).status_code for name in ("inside", "outside")] == [
        200,
        404,
    ]
