"""A forgotten password: a link that works once, and answers that tell nothing."""

import re

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import PASSWORD, World, browser
from tests.api.letters import letters_to, subjects_to, token_to
from tests.api.sign_on import required

NEW = "seven lamps on the quay"
ALICE = "alice@example.com"


async def ask(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post("/v1/password-resets", json={"email": email})


async def choose(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post("/v1/password-resets/confirm", json={"token": token, "password": password})


async def enter(client: httpx.AsyncClient, password: str) -> int:
    answer = await client.post("/v1/sessions", json={"email": ALICE, "password": password})
    return answer.status_code


async def test_a_link_sets_a_new_password_and_ends_every_session(
    app: FastAPI, alice: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    assert (await ask(nobody, " Alice@example.com")).status_code == 202
    token = await token_to(app, ALICE, "password_reset")
    assert (await choose(nobody, token)).status_code == 204
    assert (await alice.get("/v1/sessions/current")).status_code == 401
    assert (await enter(nobody, PASSWORD), await enter(nobody, NEW)) == (401, 201)
    assert "Your password was reset" in await subjects_to(app, ALICE)


async def test_a_link_works_once(app: FastAPI, nobody: httpx.AsyncClient, world: World) -> None:
    await ask(nobody, ALICE)
    token = await token_to(app, ALICE, "password_reset")
    assert (await choose(nobody, token)).status_code == 204
    again = await choose(nobody, token, "another good long one")
    assert (again.status_code, again.json()["code"]) == (404, "link_ended")


async def test_looking_at_a_link_does_not_use_it_up(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    await ask(nobody, ALICE)
    token = await token_to(app, ALICE, "password_reset")
    for _ in range(3):
        assert (await nobody.get(f"/password/reset?token={token}")).status_code == 200
    assert (await choose(nobody, token)).status_code == 204


async def test_a_newer_link_replaces_the_older(app: FastAPI, nobody: httpx.AsyncClient, world: World) -> None:
    await ask(nobody, ALICE)
    older = await token_to(app, ALICE, "password_reset")
    await ask(nobody, ALICE)
    assert (await choose(nobody, older)).status_code == 404
    assert (await choose(nobody, await token_to(app, ALICE, "password_reset"))).status_code == 204


async def test_a_link_ends_after_half_an_hour(
    app: FastAPI, nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    await ask(nobody, ALICE)
    async with database.begin() as tx:
        await tx.execute(text("update password_resets set expires_at = now()"))
    assert (await choose(nobody, await token_to(app, ALICE, "password_reset"))).status_code == 404


async def choose_on_page(client: httpx.AsyncClient, token: str) -> httpx.Response:
    form = await client.get(f"/password/reset?token={token}")
    found = re.search(r'name="form_token" value="([^"]+)"', form.text)
    assert found is not None
    body = {"token": token, "password": NEW, "form_token": found[1]}
    return await client.post("/password/reset", data=body, follow_redirects=True)


async def test_the_page_goes_on_signed_in(app: FastAPI, nobody: httpx.AsyncClient, world: World) -> None:
    await ask(nobody, ALICE)
    page = await choose_on_page(nobody, await token_to(app, ALICE, "password_reset"))
    assert (page.status_code, page.url.path) == (200, "/portal")
    assert "Your password is changed." in page.text


async def test_where_the_password_does_not_open_the_organization_the_page_says_it_is_changed(
    app: FastAPI, nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    await required(database, world.acme)
    await ask(nobody, ALICE)
    page = await choose_on_page(nobody, await token_to(app, ALICE, "password_reset"))
    assert (page.status_code, page.url.path) == (200, "/sign-in")
    assert "Your password is changed. Your organization signs in through its own provider" in page.text
    async with database.begin() as tx:
        await tx.execute(text("update identity_providers set enforced = false"))
    assert (await enter(nobody, PASSWORD), await enter(nobody, NEW)) == (401, 201)


async def test_who_belongs_to_no_organization_sets_a_password_and_is_at_their_account(
    app: FastAPI, nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("delete from memberships"))
    await ask(nobody, ALICE)
    page = await choose_on_page(nobody, await token_to(app, ALICE, "password_reset"))
    assert (page.status_code, page.url.path) == (200, "/account/organizations")
    assert "Your password is changed." in page.text


async def test_a_weak_password_is_refused_and_the_link_still_works(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    await ask(nobody, ALICE)
    token = await token_to(app, ALICE, "password_reset")
    assert (await choose(nobody, token, "alice-password1")).status_code == 422
    assert (await choose(nobody, token)).status_code == 204


async def test_an_unknown_address_is_answered_alike_and_gets_no_letter(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    known, unknown = await ask(nobody, ALICE), await ask(nobody, "nobody@example.com")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert await letters_to(app, "nobody@example.com") == []


async def test_nobody_fills_a_mailbox_by_asking(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    answers = {(await ask(nobody, ALICE)).status_code for _ in range(12)}
    assert answers == {202}
    assert len(await letters_to(app, ALICE, "password_reset")) == 4


async def test_the_database_holds_neither_token_nor_link(
    app: FastAPI, nobody: httpx.AsyncClient, world: World, database: Database
) -> None:
    await ask(nobody, ALICE)
    token = await token_to(app, ALICE, "password_reset")
    async with database.begin() as tx:
        rows = [str(row) for row in await tx.execute(text("select mails::text from mails"))]
        rows += [
            str(row) for row in await tx.execute(text("select password_resets::text from password_resets"))
        ]
    assert not any(token in row for row in rows)


async def test_the_browser_that_used_the_link_gets_in_though_others_guess(
    app: FastAPI, nobody: httpx.AsyncClient, world: World
) -> None:
    for _ in range(6):
        await enter(browser(app), "a wrong guess")
    assert await enter(nobody, PASSWORD) == 429
    await ask(nobody, ALICE)
    assert (await choose(nobody, await token_to(app, ALICE, "password_reset"))).status_code == 204
    assert await enter(nobody, NEW) == 201
