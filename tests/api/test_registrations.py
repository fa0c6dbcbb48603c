"""Opening an account oneself: the address proves itself first, and nobody learns who has one."""

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import World
from tests.api.letters import letters_to, subjects_to, token_to

DORA = "dora@example.com"
HERE = "/v1/registrations"
FACTS = {"name": "Dora", "password": "seven lamps on the quay", "country": "DE", "currency": "EUR"}


async def ask(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post(HERE, json={"email": email})


async def open_it(client: httpx.AsyncClient, token: str, **changed: str) -> httpx.Response:
    return await client.post(f"{HERE}/confirm", json={"token": token, **FACTS, **changed})


async def test_an_account_comes_with_a_personal_organization_and_signs_in(
    app: FastAPI, nobody: httpx.AsyncClient, database: Database
) -> None:
    assert (await ask(nobody, DORA)).status_code == 202
    opened = await open_it(nobody, await token_to(app, DORA, "registration_asked"))
    assert (opened.status_code, opened.json()["role"]) == (201, "owner")
    home = opened.json()["organization_id"]
    shown = (await nobody.get(f"/v1/organizations/{home}")).json()
    assert (shown["kind"], shown["currency"], shown["name"]) == ("personal", "EUR", "Dora")


async def test_the_link_works_once(app: FastAPI, nobody: httpx.AsyncClient) -> None:
    await ask(nobody, DORA)
    token = await token_to(app, DORA, "registration_asked")
    assert (await open_it(nobody, token)).status_code == 201
    assert (await open_it(nobody, token)).json()["code"] == "link_ended"


async def test_a_newer_link_replaces_the_older(app: FastAPI, nobody: httpx.AsyncClient) -> None:
    await ask(nobody, DORA)
    older = await token_to(app, DORA, "registration_asked")
    await ask(nobody, DORA)
    assert (await open_it(nobody, older)).status_code == 404


async def test_what_is_wrong_leaves_the_link_working(app: FastAPI, nobody: httpx.AsyncClient) -> None:
    await ask(nobody, DORA)
    token = await token_to(app, DORA, "registration_asked")
    for wrong in (
        {"password": "short"},
        {"password": "dora@example.com"},
        {"name": " "},
        {"currency": "XXX"},
    ):
        assert (await open_it(nobody, token, **wrong)).status_code == 422
    assert (await open_it(nobody, token)).status_code == 201


async def test_an_address_with_an_account_is_answered_alike_and_its_owner_is_told(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    fresh, known = await ask(nobody, DORA), await ask(nobody, "alice@example.com")
    assert (fresh.status_code, fresh.json()) == (known.status_code, known.json())
    assert "already have an account" in (await subjects_to(app, "alice@example.com"))[0]
    letter = (await letters_to(app, "alice@example.com"))[0]
    assert "wanted to open an account with alice@example.com" in letter.text
    assert await letters_to(app, "alice@example.com", "registration_asked") == []


async def test_an_invited_address_does_not_get_a_second_account(
    app: FastAPI, nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    await ask(nobody, DORA)
    token = await token_to(app, DORA, "registration_asked")
    async with database.begin() as tx:
        await tx.execute(
            text("update users set email = :dora where email = 'bob@example.com'"), {"dora": DORA}
        )
    assert (await open_it(nobody, token)).status_code == 409


async def test_it_can_be_switched_off(app: FastAPI, nobody: httpx.AsyncClient, database: Database) -> None:
    object.__setattr__(app.state.settings, "self_registration", False)
    answer = await ask(nobody, DORA)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_off")
    assert (await nobody.get("/register")).status_code == 403
    assert "/register" not in (await nobody.get("/sign-in")).text
