"""Wallets at the door: staff give, members see, strangers find nothing."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from activities.prices import publish
from db.engine import Database
from domain.audit import SYSTEM
from tests.api.conftest import World
from tests.usage import Use, a_price, report

GIFT = {"amount": "25.00", "reason": "Welcome"}


async def test_a_gift_is_on_the_wallet_and_the_statement(staff_key: httpx.AsyncClient, world: World) -> None:
    given = await staff_key.post(f"{world.acme_path}/gifts", json=GIFT)
    wallet = (await staff_key.get(f"{world.acme_path}/wallet")).json()
    statement = (await staff_key.get(f"{world.acme_path}/statement")).json()
    assert given.status_code == 201
    assert wallet == {
        "currency": "USD",
        "balance": "25.00",
        "expired": "0.00",
        "held": "0.00",
        "available": "25.00",
        "floor": "0.00",
    }
    assert [(m["cause"], m["amount"], m["balance"]) for m in statement["items"]] == [
        ("gift", "25.00", "25.00")
    ]


async def test_the_same_gift_with_one_key_is_given_once(staff_key: httpx.AsyncClient, world: World) -> None:
    headers = {"Idempotency-Key": "gift-1"}
    first = await staff_key.post(f"{world.acme_path}/gifts", json=GIFT, headers=headers)
    again = await staff_key.post(f"{world.acme_path}/gifts", json=GIFT, headers=headers)
    other = await staff_key.post(f"{world.acme_path}/gifts", json=GIFT | {"amount": "26"}, headers=headers)
    assert (first.json(), other.status_code) == (again.json(), 409)
    assert (await staff_key.get(f"{world.acme_path}/wallet")).json()["balance"] == "25.00"


async def test_the_statement_pages_and_exports(staff_key: httpx.AsyncClient, world: World) -> None:
    for amount in ("1.00", "2.00", "3.00"):
        await staff_key.post(f"{world.acme_path}/gifts", json=GIFT | {"amount": amount})
    first = (await staff_key.get(f"{world.acme_path}/statement?limit=2")).json()
    rest = (await staff_key.get(f"{world.acme_path}/statement?cursor={first['next_cursor']}")).json()
    export = (await staff_key.get(f"{world.acme_path}/statement.csv")).text.splitlines()
    assert [m["balance"] for m in first["items"] + rest["items"]] == ["6.00", "3.00", "1.00"]
    assert [line.split(",")[-1] for line in export] == ["balance", "1.00", "3.00", "6.00"]


async def test_a_record_names_the_entry_that_debited_the_wallet(
    staff_key: httpx.AsyncClient, world: World, database_url: str, database: Database
) -> None:
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
    await staff_key.patch(world.acme_path, json={"billing_mode": "prepaid"})
    await staff_key.post(f"{world.acme_path}/gifts", json=GIFT)
    await report(database_url, Use(id="r0", organization_id=world.acme), now=datetime.now(UTC))
    record = (await staff_key.get("/v1/usage/r0")).json()
    newest = (await staff_key.get(f"{world.acme_path}/statement?limit=1")).json()["items"][0]
    assert (newest["entry_id"], newest["cause"]) == (record["posting_id"], "usage")


async def test_purchased_credits_are_recorded_when_the_money_is_there(
    staff_key: httpx.AsyncClient, world: World
) -> None:
    body = {"amount": "500", "reference": "Wire 7", "received_on": "2026-10-01"}
    early = {**body, "received_on": (datetime.now(UTC) + timedelta(days=2)).date().isoformat()}
    assert (await staff_key.post(f"{world.acme_path}/credits", json=early)).status_code == 422
    assert (await staff_key.post(f"{world.acme_path}/credits", json=body)).json()["kind"] == "purchased"


@pytest.mark.parametrize("amount", ["0", "-1", "1,5", "1e9", "", "99999999999"])
async def test_an_amount_that_makes_no_sense_is_refused(
    staff_key: httpx.AsyncClient, world: World, amount: str
) -> None:
    answer = await staff_key.post(f"{world.acme_path}/gifts", json=GIFT | {"amount": amount})
    assert (answer.status_code, "amount" in answer.json()["detail"]) == (422, True)


async def test_members_see_and_strangers_find_nothing(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    charlie: httpx.AsyncClient,
    nobody: httpx.AsyncClient,
    world: World,
) -> None:
    answers = [await client.get(f"{world.acme_path}/wallet") for client in (alice, bob, charlie, nobody)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 401]
    assert (await alice.post(f"{world.acme_path}/gifts", json=GIFT)).status_code == 403
