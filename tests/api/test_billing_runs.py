"""The month-end at the door: started in a transaction, steered, decided, and closed to clients."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from domain.ids import show
from tests.api.conftest import World
from tests.monthend import NOVEMBER, OCTOBER, close_month, one, report, rows
from tests.world import Line, a_price

BODY = {"period": "2026-10"}


async def test_a_run_is_a_row_and_an_intent_in_one_answer(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    answer = await staff_key.post("/v1/billing-runs", json=BODY)
    started = answer.json()
    assert (answer.status_code, started["state"]) == (202, "pending")
    assert started["workflow_id"] == f"billing-run/2026-10/{started['id']}"
    [intent] = await rows(database, "select * from intents")
    assert (intent["workflow"], intent["payload"]) == ("BillingRun", {"run_id": started["id"]})


async def test_the_same_request_starts_one_run(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    headers = {"Idempotency-Key": "october"}
    first, again = [await staff_key.post("/v1/billing-runs", json=BODY, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert await one(database, "select count(*) from billing_runs") == 1


async def test_a_month_that_has_not_ended_in_a_billing_zone_is_refused(
    staff_key: httpx.AsyncClient, world: World
) -> None:
    now = datetime.now(UTC)
    answer = await staff_key.post("/v1/billing-runs", json={"period": f"{now:%Y-%m}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "period_not_ended")
    assert (answer.json()["zone"], answer.json()["organization"]) == (
        "UTC",
        show("org", min(world.acme, world.other)),
    )
    early = await staff_key.post("/v1/billing-runs", json={"period": f"{now:%Y-%m}", "close_early": True})
    assert early.status_code == 202


@pytest.mark.parametrize("asked", [{"close_early": True}, {"preview": True}])
async def test_a_month_that_has_not_begun_is_neither_closed_nor_previewed(
    staff_key: httpx.AsyncClient, world: World, asked: dict[str, bool]
) -> None:
    answer = await staff_key.post("/v1/billing-runs", json={"period": "2062-11"} | asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "period_not_begun")


@pytest.mark.parametrize("period", ["2026-13", "2026", "26-10", "２０２６-10", ""])
async def test_what_is_no_month_is_refused(staff_key: httpx.AsyncClient, world: World, period: str) -> None:
    assert (await staff_key.post("/v1/billing-runs", json={"period": period})).status_code == 422


async def test_an_unknown_organization_is_named(staff_key: httpx.AsyncClient, world: World) -> None:
    ghost = "org_" + "0" * 32
    answer = await staff_key.post("/v1/billing-runs", json=BODY | {"organization_ids": [ghost]})
    assert (answer.status_code, ghost in answer.json()["detail"]) == (422, True)


async def test_progress_counts_organizations_and_money(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    await a_price(database)
    await report(database, Line(world.acme, input_tokens=10_000_000, output_tokens=0))
    run = await close_month(database)
    shown = (await staff_key.get(f"/v1/billing-runs/{show('run', run.id)}")).json()
    assert (shown["organizations"], shown["invoiced"], shown["skipped"], shown["total"]) == (2, 1, 1, "20.00")
    items = (await staff_key.get(f"/v1/billing-runs/{show('run', run.id)}/items?state=skipped")).json()[
        "items"
    ]
    assert [(item["organization"], item["reason"]) for item in items] == [("Other", "nothing to invoice")]


async def test_the_report_is_a_csv_of_everybody_harmless_to_spreadsheets(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.exec_driver_sql("update organizations set name = '=HYPERLINK(1)' where name = 'Other'")
    run = await close_month(database)
    answer = await staff_key.get(f"/v1/billing-runs/{show('run', run.id)}/report.csv")
    lines = answer.text.splitlines()
    assert sum(",'=HYPERLINK(1)," in line for line in lines) == 1
    assert lines[0].startswith("organization_id,organization,state")
    assert len(lines) == 3


async def test_steering_becomes_an_update_of_the_process(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    started = (await staff_key.post("/v1/billing-runs", json=BODY)).json()
    paused = await staff_key.post(f"/v1/billing-runs/{started['id']}/pause", json={"reason": "lunch"})
    assert paused.status_code == 202
    [update] = await rows(database, "select * from intents where kind = 'update'")
    assert (update["name"], update["workflow_id"], update["payload"]) == (
        "pause",
        started["workflow_id"],
        {"reason": "lunch"},
    )
    assert (await staff_key.post(f"/v1/billing-runs/{started['id']}/resume")).status_code == 409


async def test_a_run_that_ended_cannot_be_steered(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    started = (await staff_key.post("/v1/billing-runs", json=BODY)).json()
    async with database.begin() as tx:
        await tx.execute(text("update billing_runs set state = 'completed'"))
    refused = await staff_key.post(f"/v1/billing-runs/{started['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_a_failed_run_needs_somebody_and_is_taken_up_where_it_stopped(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    run = await close_month(database, period=OCTOBER)
    path = f"/v1/billing-runs/{show('run', run.id)}"
    assert (await staff_key.post(f"{path}/retry")).status_code == 409
    async with database.begin() as tx:
        await tx.execute(text("update billing_runs set state = 'failed', finished_at = now()"))
    waiting = (await staff_key.get("/v1/billing-runs?waiting=true")).json()["items"]
    assert [item["id"] for item in waiting] == [show("run", run.id)]
    again = await staff_key.post(f"{path}/retry", json={"reason": "the disk is larger"})
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    [start] = await rows(database, "select workflow_id, payload, headers from intents")
    assert (start["workflow_id"], start["headers"]["again"]) == (run.workflow_id, True)
    assert (await staff_key.get("/v1/billing-runs?waiting=true")).json()["items"] == []
    assert await one(database, "select count(*) from audit where action = 'billing_run.retry'") == 1


async def _held(database: Database, world: World) -> str:
    await a_price(database)
    at = datetime(2026, 11, 3, tzinfo=UTC)
    small = Line(world.acme, input_tokens=1_000_000)
    await report(database, small, Line(world.acme, id="b", occurred_at=at, input_tokens=900_000_000))
    await close_month(database, period=OCTOBER)
    run = await close_month(database, period=NOVEMBER)
    return f"/v1/billing-runs/{show('run', run.id)}/items/{show('org', world.acme)}"


async def test_a_held_invoice_is_released_to_a_process_of_its_own(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    item = await _held(database, world)
    released = await staff_key.post(f"{item}/release", json={"reason": "a big launch"})
    assert (released.status_code, released.json()["state"]) == (202, "pending")
    [intent] = await rows(database, "select * from intents where workflow = 'InvoiceDelivery'")
    assert intent["payload"]["organization_id"] == show("org", world.acme)
    assert (await staff_key.post(f"{item}/release")).status_code == 409


async def test_a_held_invoice_is_discarded_with_its_draft(
    staff_key: httpx.AsyncClient, world: World, database: Database
) -> None:
    item = await _held(database, world)
    discarded = await staff_key.post(f"{item}/discard", json={"reason": "wrong price"})
    assert (discarded.json()["state"], discarded.json()["reason"]) == ("skipped", "discarded: wrong price")
    assert await one(database, "select count(*) from invoices where state = 'draft'") == 0
    assert (await close_month(database, period=NOVEMBER)).period == NOVEMBER
    assert await one(database, "select count(*) from invoices where state = 'draft'") == 1


async def test_clients_see_no_billing_runs(alice: httpx.AsyncClient, app: FastAPI) -> None:
    assert (await alice.get("/v1/billing-runs")).status_code == 403
    assert (await alice.post("/v1/billing-runs", json=BODY)).status_code == 403
