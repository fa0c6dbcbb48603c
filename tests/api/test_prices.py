"""The doors of the price book: staff only, versions, warnings, names, and the providers' list."""

import httpx
import pytest

from db.engine import Database
from tests.api.conftest import World
from tests.usage import Use, report

GPT = {
    "provider": "openai",
    "model": "gpt-4o",
    "currency": "USD",
    "input_per_million": "5.00",
    "output_per_million": "15.00",
    "cached_input_per_million": "2.50",
    "effective_at": "2026-01-01T00:00:00Z",
}
VOICE = {
    "provider": "twilio",
    "meter": "voice_minutes",
    "unit": "minutes",
    "unit_price": "0.04",
    "currency": "USD",
    "effective_at": "2026-01-01T00:00:00Z",
}


async def test_a_price_comes_back_as_it_was_written(staff_key: httpx.AsyncClient) -> None:
    answer = await staff_key.post("/v1/prices", json=GPT)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: made[name] for name in GPT} == {**GPT}
    assert (made["backdated"], made["created"], made["releasable"], made["warnings"]) == (True, True, 0, [])
    assert (await staff_key.get(f"/v1/prices/{made['id']}")).json()["input_per_million"] == "5.00"


async def test_the_same_price_again_is_the_same_row(staff_key: httpx.AsyncClient) -> None:
    first, again = [(await staff_key.post("/v1/prices", json=GPT)).json() for _ in range(2)]
    assert (first["id"], first["created"], again["created"]) == (again["id"], True, False)


async def test_another_price_at_the_same_instant_is_a_conflict(staff_key: httpx.AsyncClient) -> None:
    await staff_key.post("/v1/prices", json=GPT)
    answer = await staff_key.post("/v1/prices", json={**GPT, "input_per_million": "6"})
    assert (answer.status_code, answer.json()["code"]) == (409, "price_exists")


async def test_a_price_below_the_providers_list_carries_a_warning(staff_key: httpx.AsyncClient) -> None:
    answer = await staff_key.post("/v1/prices", json={**GPT, "output_per_million": "0.10"})
    assert answer.json()["warnings"] == ["output is below the provider's list price"]


async def test_long_requests_pay_their_tier_and_their_record_says_so(
    staff_key: httpx.AsyncClient, world: World, database_url: str
) -> None:
    long = {"above_input_tokens": 1500, "input_per_million": "50.00", "output_per_million": "20.00"}
    made = (await staff_key.post("/v1/prices", json={**GPT, "tiers": [long]})).json()
    (tier,) = made["tiers"]
    assert {name: tier[name] for name in long} == long
    uses = [
        Use(id=f"r{n}", organization_id=world.acme, input_tokens=n, output_tokens=0) for n in (1500, 1501)
    ]
    await report(database_url, *uses)
    short, longer = [(await staff_key.get(f"/v1/usage/{use.id}")).json() for use in uses]
    assert (short["price"], short["price_tier"]) == ("0.0075", None)
    assert (longer["price"], longer["price_tier"]) == ("0.07505", tier)
    assert short["price_version"] == longer["price_version"]
    assert longer["price_version"]["id"] == made["id"]


async def test_a_meter_has_a_price_per_unit(staff_key: httpx.AsyncClient) -> None:
    made = (await staff_key.post("/v1/prices", json=VOICE)).json()
    assert (made["unit"], made["unit_price"], made["meter"]) == ("minutes", "0.04", "voice_minutes")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"input_per_million": "1e3"}, "input_per_million"),
        ({"input_per_million": None}, "price"),
        ({"unit_price": "1"}, "unit_price"),
        ({"input_per_million": "9000000000"}, "input_per_million"),
        ({"meter": "calls"}, "price"),
        (
            {"tiers": [{"above_input_tokens": 0, "input_per_million": "1", "output_per_million": "1"}]},
            "tiers.above_input_tokens",
        ),
        (
            {"tiers": [{"above_input_tokens": 9, "input_per_million": "x", "output_per_million": "1"}]},
            "tiers.input_per_million",
        ),
        ({"organization_id": "acme"}, "'acme'"),
    ],
)
async def test_a_wrong_price_is_refused_with_its_field(
    staff_key: httpx.AsyncClient, change: dict[str, object], field: str
) -> None:
    answer = await staff_key.post("/v1/prices", json={**GPT, **change})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(field)


async def test_prices_can_be_asked_for_an_instant(staff_key: httpx.AsyncClient) -> None:
    for at in ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"):
        await staff_key.post("/v1/prices", json={**GPT, "effective_at": at})
    january = (await staff_key.get("/v1/prices", params={"at": "2026-01-15T00:00:00Z"})).json()["items"]
    assert [price["effective_at"] for price in january] == ["2026-01-01T00:00:00Z"]


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/model-aliases", "/v1/list-prices", "/v1/quarantine"])
async def test_clients_never_see_the_price_book(alice: httpx.AsyncClient, path: str) -> None:
    assert (await alice.get(path)).status_code == 403


async def test_an_alias_is_named_listed_and_removed(staff_key: httpx.AsyncClient) -> None:
    alias = {"provider": "azure", "alias": "our-deployment", "model": "gpt-4o"}
    assert (await staff_key.post("/v1/model-aliases", json=alias)).status_code == 201
    (kept,) = (await staff_key.get("/v1/model-aliases")).json()["items"]
    assert kept["model"] == "gpt-4o"
    query = {"provider": "azure", "alias": "our-deployment"}
    assert (await staff_key.delete("/v1/model-aliases", params=query)).status_code == 204
    assert (await staff_key.delete("/v1/model-aliases", params=query)).status_code == 404


async def test_list_prices_are_compared_and_only_applied_on_request(staff_key: httpx.AsyncClient) -> None:
    shown = (await staff_key.post("/v1/list-prices/sync", json={})).json()
    assert shown["added"] == 0
    assert len(shown["differences"]) > 5_000
    assert (await staff_key.post("/v1/list-prices/sync", json={"apply": True})).json()["added"] > 5_000
    query = {"provider": "gemini", "model": "gemini-2.5-pro"}
    (found,) = (await staff_key.get("/v1/list-prices", params=query)).json()["items"]
    assert (found["input_per_million"], found["currency"]) == ("1.25", "USD")


async def test_quarantined_usage_is_shown_previewed_and_released(
    staff_key: httpx.AsyncClient, world: World, database: Database, database_url: str
) -> None:
    await report(database_url, *[Use(id=f"r{n}", organization_id=world.acme) for n in range(3)])
    (group,) = (await staff_key.get("/v1/quarantine")).json()["items"]
    assert (group["records"], group["releasable"], group["organization"]) == (3, 0, "Acme")
    assert (await staff_key.post("/v1/prices", json=GPT)).json()["releasable"] == 3
    preview = (await staff_key.post("/v1/quarantine/release", json={"preview": True})).json()
    released = (await staff_key.post("/v1/quarantine/release", json={})).json()
    assert preview["organizations"] == released["organizations"]
    assert (released["released"], released["organizations"][0]["amount"]) == (3, "0.0375")
    assert (await staff_key.get("/v1/quarantine")).json()["items"] == []


async def test_quarantine_is_listed_page_by_page_the_most_records_first(
    staff_key: httpx.AsyncClient, world: World, database: Database, database_url: str
) -> None:
    uses = [
        Use(id=f"{m}{n}", organization_id=world.acme, model=f"m{m}") for m in range(3) for n in range(m + 1)
    ]
    await report(database_url, *uses)
    seen: list[tuple[str, int]] = []
    query: dict[str, str] | None = {"limit": "1"}
    while query:
        found = (await staff_key.get("/v1/quarantine", params=query)).json()
        seen += [(group["model"], group["records"]) for group in found["items"]]
        query = query | {"cursor": found["next_cursor"]} if found["next_cursor"] else None
    assert seen == [("m2", 3), ("m1", 2), ("m0", 1)]
