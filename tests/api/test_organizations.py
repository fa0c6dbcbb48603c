import httpx
import pytest

from tests.api.conftest import World

ACME = {
    "name": "Acme Robotics",
    "billing_email": "Billing@Acme.example",
    "currency": "usd",
    "time_zone": "America/New_York",
    "country": "us",
    "billing_mode": "postpaid",
}


async def test_staff_open_an_organization_and_every_code_gets_its_one_spelling(
    staff_key: httpx.AsyncClient,
) -> None:
    answer = await staff_key.post("/v1/organizations", json=ACME)
    assert answer.status_code == 201
    made = answer.json()
    assert made["id"].startswith("org_")
    assert (made["currency"], made["country"], made["billing_email"]) == ("USD", "US", "billing@acme.example")
    assert (await staff_key.get(f"/v1/organizations/{made['id']}")).json() == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXX"),
        ("time_zone", "Mars/Olympus"),
        ("country", "QQ"),
        ("billing_email", "nobody"),
        ("name", " "),
    ],
)
async def test_a_wrong_field_is_named_with_its_remedy(
    staff_key: httpx.AsyncClient, field: str, value: str
) -> None:
    answer = await staff_key.post("/v1/organizations", json={**ACME, field: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert answer.json()["detail"].startswith(f"{field}:")


async def test_a_repeated_key_gives_the_same_answer_and_one_organization(
    staff_key: httpx.AsyncClient,
) -> None:
    first = await staff_key.post("/v1/organizations", json=ACME, headers={"Idempotency-Key": "one"})
    again = await staff_key.post("/v1/organizations", json=ACME, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await staff_key.get("/v1/organizations")).json()["items"]) == 1


async def test_a_key_used_for_another_request_is_a_conflict(staff_key: httpx.AsyncClient) -> None:
    await staff_key.post("/v1/organizations", json=ACME, headers={"Idempotency-Key": "one"})
    other = {**ACME, "name": "Other"}
    answer = await staff_key.post("/v1/organizations", json=other, headers={"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


async def test_a_list_goes_on_where_its_cursor_says(staff_key: httpx.AsyncClient) -> None:
    for number in range(5):
        await staff_key.post("/v1/organizations", json={**ACME, "name": f"Client {number}"})
    names: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = (
            await staff_key.get(
                "/v1/organizations", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
            )
        ).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert names == [f"Client {number}" for number in (4, 3, 2, 1, 0)]
    assert cursor is None


@pytest.mark.parametrize("search", ["robot", "acme.EXAMPLE", "ID"])
async def test_search_finds_by_name_mail_and_id(staff_key: httpx.AsyncClient, search: str) -> None:
    made = (await staff_key.post("/v1/organizations", json=ACME)).json()
    await staff_key.post(
        "/v1/organizations", json={**ACME, "name": "Beta", "billing_email": "b@beta.example"}
    )
    text = made["id"] if search == "ID" else search
    found = (await staff_key.get("/v1/organizations", params={"search": text})).json()["items"]
    assert [item["id"] for item in found] == [made["id"]]


async def test_an_owner_sees_and_describes_only_their_own_organization(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, world: World
) -> None:
    assert [item["name"] for item in (await alice.get("/v1/organizations")).json()["items"]] == ["Acme"]
    changed = await alice.patch(world.acme_path, json={"name": "Acme II"})
    assert changed.json()["name"] == "Acme II"
    assert (await charlie.get(world.acme_path)).status_code == 404
    assert (await charlie.patch(world.acme_path, json={"name": "Mine"})).status_code == 404


async def test_only_staff_change_how_an_organization_is_billed(
    alice: httpx.AsyncClient, world: World
) -> None:
    answer = await alice.patch(world.acme_path, json={"billing_mode": "prepaid"})
    assert (answer.status_code, answer.json()["permission"]) == (403, "organizations:create")


async def test_an_organization_is_suspended_once_and_unsuspended(
    stella: httpx.AsyncClient, world: World
) -> None:
    assert (await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})).json()[
        "state"
    ] == "suspended"
    again = await stella.post(f"{world.acme_path}/suspend", json={"reason": "unpaid"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert (await stella.post(f"{world.acme_path}/unsuspend", json={})).json()["state"] == "active"


async def test_members_are_listed_with_their_roles(bob: httpx.AsyncClient, world: World) -> None:
    items = (await bob.get(f"{world.acme_path}/members")).json()["items"]
    assert {item["name"]: item["role"] for item in items} == {
        "Alice": "owner",
        "Ada": "admin",
        "Bob": "member",
        "Vera": "viewer",
    }


async def test_projects_belong_to_one_organization_and_have_one_name(
    alice: httpx.AsyncClient, world: World
) -> None:
    made = await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})
    assert made.status_code == 201
    assert (await alice.post(f"{world.acme_path}/projects", json={"name": "Bot"})).status_code == 409
    assert (await alice.get(f"{world.acme_path}/projects")).json()["items"] == [made.json()]
