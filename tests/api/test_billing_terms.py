"""Tax rates, recurring charges and billing profiles at the door: checked, audited, and agreed with staff only."""

import httpx
import pytest

from db.engine import Database
from tests.api.conftest import World
from tests.monthend import close_month, one, report
from tests.world import Line, a_price

TAX = {"country": "us", "region": "ny", "name": "Sales tax", "rate": "8.875", "effective_on": "2026-01-01"}
CHARGE = {
    "kind": "infrastructure",
    "description": "A100 node",
    "monthly_amount": "1200.00",
    "starts_on": "2026-10-16",
}
Client = httpx.AsyncClient


async def test_a_tax_rate_is_added_once_for_its_day(staff_key: Client, database: Database) -> None:
    added = await staff_key.post("/v1/tax-rates", json=TAX)
    assert (added.status_code, added.json()["country"], added.json()["region"], added.json()["rate"]) == (
        201,
        "US",
        "NY",
        "8.875",
    )
    assert (await staff_key.post("/v1/tax-rates", json=TAX | {"rate": "9"})).status_code == 409
    assert [rate["name"] for rate in (await staff_key.get("/v1/tax-rates?country=US")).json()["items"]] == [
        "Sales tax"
    ]
    assert await one(database, "select count(*) from audit where action = 'tax_rate.add'") == 1


@pytest.mark.parametrize(
    "wrong", [{"rate": "101"}, {"rate": "-1"}, {"rate": "1.23456"}, {"country": "XX"}, {"name": ""}]
)
async def test_what_is_no_tax_rate_is_refused(staff_key: Client, wrong: dict[str, str]) -> None:
    assert (await staff_key.post("/v1/tax-rates", json=TAX | wrong)).status_code == 422


async def test_a_recurring_charge_is_billed_until_it_ends(
    staff_key: Client, world: World, database: Database
) -> None:
    added = (await staff_key.post(f"{world.acme_path}/recurring-charges", json=CHARGE)).json()
    ended = await staff_key.post(
        f"{world.acme_path}/recurring-charges/{added['id']}/end", json={"ends_on": "2026-10-31"}
    )
    assert (added["id"][:4], ended.json()["ends_on"]) == ("chg_", "2026-10-31")
    await close_month(database)
    assert await one(database, "select total_nanos from invoices") == 619_350_000_000


async def test_a_charge_cannot_begin_in_an_invoiced_month(
    staff_key: Client, world: World, database: Database
) -> None:
    await a_price(database)
    await report(database, Line(world.acme, input_tokens=1_000_000))
    await close_month(database)
    refused = await staff_key.post(f"{world.acme_path}/recurring-charges", json=CHARGE)
    assert (refused.status_code, "2026-11-01" in refused.json()["detail"]) == (422, True)


async def test_a_client_says_who_it_is_but_not_what_it_pays(alice: Client, world: World) -> None:
    path = f"{world.acme_path}/billing-profile"
    changed = await alice.patch(
        path, json={"legal_name": "  Acme  Robotics Ltd ", "address_lines": ["1 Road", " "]}
    )
    assert (changed.json()["legal_name"], changed.json()["address_lines"]) == (
        "Acme Robotics Ltd",
        ["1 Road"],
    )
    for agreed in ({"discount": "50"}, {"tax_exempt": True}, {"collection_method": "bank_transfer"}):
        assert (await alice.patch(path, json=agreed)).status_code == 403


async def test_the_next_invoice_carries_the_profile(
    staff_key: Client, world: World, database: Database
) -> None:
    await staff_key.patch(
        f"{world.acme_path}/billing-profile", json={"legal_name": "Acme Ltd", "discount": "10"}
    )
    await a_price(database)
    await report(database, Line(world.acme, input_tokens=5_000_000, output_tokens=0))
    await close_month(database)
    invoice = (await staff_key.get("/v1/invoices")).json()["items"][0]
    assert (invoice["organization"], invoice["discount"], invoice["total"]) == ("Acme Ltd", "1.00", "9.00")


async def test_a_stranger_sees_neither_profile_nor_charges(charlie: Client, world: World) -> None:
    for what in ("billing-profile", "recurring-charges"):
        assert (await charlie.get(f"{world.acme_path}/{what}")).status_code == 404
    assert (await charlie.get("/v1/tax-rates")).status_code == 403
