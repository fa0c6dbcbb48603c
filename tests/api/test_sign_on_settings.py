"""An organization sets its provider up, tries it, and makes it the only way in."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db import email_domains
from db.engine import Database
from domain.ids import show
from tests.api.conftest import PASSWORD, World, browser, signed_in
from tests.api.passkeys import added, signing_in, stranger
from tests.api.sign_on import SETUP, proven, set_up, sign_on
from tests.identity_provider import IdentityProvider, serving


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with serving() as started:
        yield started


@pytest.fixture
async def provider(
    running: IdentityProvider, database: Database, alice: httpx.AsyncClient, world: World
) -> IdentityProvider:
    await proven(database, world.acme, "example.com")
    running.knows("alice", email="alice@example.com")
    return running


async def by_password(app: FastAPI, name: str) -> httpx.Response:
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    return await browser(app).post("/v1/sessions", json=body)


async def test_the_secret_is_kept_sealed_and_never_shown(
    provider: IdentityProvider, alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    answer = await set_up(alice, world, provider)
    assert answer.json()["issuer"] == provider.issuer
    assert answer.json()["redirect_uri"] == "http://127.0.0.1:8000/sign-on/callback"
    shown = (await alice.get(f"{world.acme_path}/sign-on")).text
    async with database.begin() as tx:
        rows = str((await tx.execute(text("select * from identity_providers"))).all())
        log = str((await tx.execute(text("select before, after from audit"))).all())
    assert all(SETUP["client_secret"] not in kept for kept in (answer.text, shown, rows, log))


async def test_the_secret_of_one_provider_is_not_handed_to_another(
    provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    await set_up(alice, world, provider)
    kept = await set_up(alice, world, provider, client_secret=None, default_role="viewer")
    assert kept.json()["default_role"] == "viewer"
    other = await set_up(alice, world, provider, client_id="another", client_secret=None)
    assert other.status_code == 422
    assert "client_secret" in other.json()["detail"]


async def test_what_is_no_provider_of_ours_to_use_is_refused_in_words(
    provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    for issuer in (
        "ftp://login.example",
        "http://login.example",
        "https://user@login.example",
        provider.issuer + "/x",
    ):
        answer = await set_up(alice, world, provider, issuer=issuer)
        assert answer.status_code == 422, issuer
    unproven = await set_up(alice, world, provider, allowed_domains=["elsewhere.example"])
    assert "is not proven" in unproven.json()["detail"]


async def test_only_its_owners_and_staff_see_and_change_it(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    await set_up(alice, world, provider)
    for name, status in (("bob", 403), ("charlie", 404), ("ada", 403), ("stella", 200)):
        client = await signed_in(app, name)
        assert (await client.get(f"{world.acme_path}/sign-on")).status_code == status, name
        assert (await client.get(f"{world.acme_path}/domains")).status_code == status, name
    charlie = await signed_in(app, "charlie")
    assert (await charlie.delete(f"{world.acme_path}/sign-on")).status_code == 404


async def test_trying_it_says_what_is_missing(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    await set_up(alice, world, provider)
    before = (await alice.post(f"{world.acme_path}/sign-on/test")).json()
    assert [finding["good"] for finding in before["findings"]] == [True, True, True, False]
    await sign_on(app, provider, "alice", client=alice)
    assert (await alice.post(f"{world.acme_path}/sign-on/test")).json()["good"] is True


async def test_it_becomes_the_only_way_in_once_an_owner_came_through_it(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    await set_up(alice, world, provider)
    assert (await alice.post(f"{world.acme_path}/sign-on/enforce")).status_code == 409
    await sign_on(app, provider, "alice", client=alice)
    assert (await alice.post(f"{world.acme_path}/sign-on/enforce")).json()["enforced"] is True
    assert (await bob.get("/v1/sessions/current")).status_code == 401
    for name in ("bob", "alice"):
        refused = await by_password(app, name)
        assert (refused.status_code, refused.json()["code"]) == (403, "single_sign_on_required"), name
    assert (await by_password(app, "charlie")).status_code == 201


async def test_an_owners_passkey_still_opens_when_the_provider_is_the_only_way_in(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, bob: httpx.AsyncClient, world: World
) -> None:
    alice.headers["Host"] = bob.headers["Host"] = "localhost"
    (owners, _), (members, _) = await added(alice), await added(bob)
    await set_up(alice, world, provider)
    await sign_on(app, provider, "alice", client=alice)
    await alice.post(f"{world.acme_path}/sign-on/enforce")
    assert (await signing_in(stranger(app), owners)).status_code == 201
    assert (await signing_in(stranger(app), members)).status_code == 403


async def test_an_owner_is_linked_by_themselves_only(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    ada = await signed_in(app, "ada")
    assert (await set_up(ada, world, provider)).status_code == 403
    await set_up(alice, world, provider)
    for client in (None, ada):
        _, answer = await sign_on(app, provider, "alice", client=client)
        assert answer.status_code == 403
        assert "Owners link single sign-on themselves" in answer.text
    _, answer = await sign_on(app, provider, "alice", client=alice)
    assert answer.status_code == 303
    _, answer = await sign_on(app, provider, "alice")
    assert answer.status_code == 303


async def test_staff_lift_the_requirement_when_a_provider_fails(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    await set_up(alice, world, provider)
    await sign_on(app, provider, "alice", client=alice)
    await alice.post(f"{world.acme_path}/sign-on/enforce")
    assert (await set_up(alice, world, provider, client_id="another")).status_code == 409
    stella = await signed_in(app, "stella")
    assert (await stella.post(f"{world.acme_path}/sign-on/lift")).json()["enforced"] is False
    assert (await by_password(app, "bob")).status_code == 201


async def test_the_last_domain_stays_while_it_is_the_only_way_in_and_removing_forgets_everybody(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    await set_up(alice, world, provider)
    await sign_on(app, provider, "alice", client=alice)
    await alice.post(f"{world.acme_path}/sign-on/enforce")
    async with database.begin() as tx:
        domain = (await email_domains.list_of(tx, organization_id=world.acme))[0]
    assert (await alice.delete(f"/v1/domains/{show('dom', domain.id)}")).status_code == 409
    assert (await alice.delete(f"{world.acme_path}/sign-on")).status_code == 204
    assert (await alice.delete(f"/v1/domains/{show('dom', domain.id)}")).status_code == 204
    assert (await alice.get(f"{world.acme_path}/sign-on")).json()["set_up"] is False
