"""Single sign-on against a provider in a process of its own: who comes in, who does not."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db import users
from db.engine import Database
from domain.sign_on import Claims
from tests.api.conftest import PASSWORD, World, browser
from tests.api.sign_on import leave, long_ago, proven, return_to, set_up, sign_on
from tests.identity_provider import IdentityProvider, serving


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with serving() as started:
        yield started


@pytest.fixture
async def provider(
    running: IdentityProvider, database: Database, alice: httpx.AsyncClient, world: World
) -> AsyncIterator[IdentityProvider]:
    """Acme has proven example.com and signs in at this provider."""
    await proven(database, world.acme, "example.com")
    assert (await set_up(alice, world, running)).status_code == 200
    for name in ("alice", "bob", "charlie", "stella", "nora"):
        running.knows(name, email=f"{name}@example.com")
    yield running
    running.spoil()


async def person(client: httpx.AsyncClient) -> dict[str, object]:
    answer = await client.get("/v1/sessions/current")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_who_comes_for_the_first_time_is_made_a_member_and_recognized_ever_after(
    app: FastAPI, provider: IdentityProvider
) -> None:
    client, answer = await sign_on(app, provider, "nora")
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    first = await person(client)
    assert (first["email"], first["role"], first["name"]) == ("nora@example.com", "member", "Nora")
    provider.knows("nora", email="nora.new@example.com")
    again, _ = await sign_on(app, provider, "nora")
    assert (await person(again))["user_id"] == first["user_id"]


async def test_the_code_is_exchanged_with_proof_of_possession_and_the_clients_secret(
    app: FastAPI, provider: IdentityProvider
) -> None:
    client = browser(app)
    location = await leave(client, "nora@example.com")
    sent = httpx.URL(location).params
    assert (sent["code_challenge_method"], sent["scope"]) == ("S256", "openid email profile")
    assert sent["redirect_uri"] == "http://127.0.0.1:8000/sign-on/callback"
    await return_to(client, provider.lets_in(location, "nora"))
    asked = provider.asked()
    assert asked["authorization"].startswith("Basic ")
    assert len(asked["code_verifier"]) >= 43


async def test_a_member_with_a_password_is_linked_and_stays_who_they_are(
    app: FastAPI, provider: IdentityProvider, bob: httpx.AsyncClient
) -> None:
    client, _ = await sign_on(app, provider, "bob")
    assert (await person(client))["user_id"] == (await person(bob))["user_id"]


OWN_ACTS = (
    ("POST", "/v1/passkeys/options"),
    ("POST", "/v1/account/authenticator"),
    ("DELETE", "/v1/account/authenticator"),
    ("POST", "/v1/account/authenticator/recovery-codes"),
    ("POST", "/v1/account/email"),
    ("POST", "/v1/me/erasure"),
    ("POST", "/v1/me/exports"),
)
SPOILT: dict[str, tuple[dict[str, object], str]] = {
    "another nonce": ({"nonce": "another"}, "does not hold"),
    "another audience": ({"aud": "another"}, "does not hold"),
    "another party": ({"aud": ["backoffice", "another"], "azp": "another"}, "issued to another client"),
    "another issuer": ({"iss": "https://evil.example"}, "does not hold"),
    "expired": ({"exp": long_ago()}, "does not hold"),
    "old": ({"iat": long_ago()}, "too long ago"),
    "without a time": ({"iat": None}, "does not hold"),
    "unverified": ({"email_verified": False}, "verified"),
    "another domain": ({"email": "nora@elsewhere.example"}, "has not proven"),
    "somebody of another organization": ({"email": "charlie@example.com"}, "does not belong to this"),
    "somebody of the staff": ({"email": "stella@example.com"}, "does not belong to this"),
}


async def test_a_token_that_does_not_hold_lets_nobody_in(
    app: FastAPI, provider: IdentityProvider, database: Database
) -> None:
    for case, (claims, told) in SPOILT.items():
        provider.spoil(**claims)
        client, answer = await sign_on(app, provider, "nora")
        assert answer.status_code == 403, case
        assert told in answer.text, case
        assert (await client.get("/v1/sessions/current")).status_code == 401, case
    async with database.begin() as tx:
        assert await users.find_credentials(tx, email="nora@example.com") is None
        refused = text("select count(*) from audit where action = 'sign_on.refused'")
        assert (await tx.execute(refused)).scalar_one() == len(SPOILT)


async def test_a_way_back_works_once_and_in_the_browser_that_left_only(
    app: FastAPI, provider: IdentityProvider
) -> None:
    client = browser(app)
    back = provider.lets_in(await leave(client, "nora@example.com"), "nora")
    assert (await return_to(client, back)).status_code == 303
    assert (await return_to(client, back)).status_code == 403
    stolen = provider.lets_in(await leave(browser(app), "nora@example.com"), "nora")
    answer = await return_to(browser(app), stolen)
    assert answer.status_code == 403
    assert "another browser" in answer.text


async def test_an_answer_of_another_provider_is_refused(app: FastAPI, provider: IdentityProvider) -> None:
    client = browser(app)
    back = provider.lets_in(await leave(client, "nora@example.com"), "nora")
    answer = await return_to(client, f"{back}&iss=https://evil.example")
    assert "came from another provider" in answer.text


async def test_who_was_removed_or_disabled_does_not_come_back_in(
    app: FastAPI, provider: IdentityProvider, database: Database
) -> None:
    await sign_on(app, provider, "bob")
    await sign_on(app, provider, "nora")
    async with database.begin() as tx:
        await tx.execute(
            text("delete from memberships m using users u where u.id = m.user_id and u.email like 'nora%'")
        )
        await tx.execute(text("update users set disabled_at = now() where email = 'bob@example.com'"))
    for name in ("bob", "nora"):
        client, answer = await sign_on(app, provider, name)
        assert answer.status_code == 403
        assert (await client.get("/v1/sessions/current")).status_code == 401


async def invited(alice: httpx.AsyncClient, world: World, name: str, role: str) -> None:
    body = {"email": f"{name}@example.com", "role": role}
    assert (await alice.post(f"{world.acme_path}/invites", json=body)).status_code == 201


async def test_the_first_visit_takes_the_invitation_and_its_role(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    await invited(alice, world, "nora", "admin")
    client, answer = await sign_on(app, provider, "nora")
    assert (answer.status_code, (await person(client))["role"]) == (303, "admin")
    (listed,) = (await alice.get(f"{world.acme_path}/invites")).json()["items"]
    assert listed["state"] == "accepted"
    entries = (await alice.get("/v1/audit")).json()["items"]
    joined = next(entry for entry in entries if entry["action"] == "member.join")
    assert (joined["after"]["role"], joined["after"]["by"]) == ("admin", "single sign-on")


async def test_an_invited_owner_comes_by_the_link_first(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World, database: Database
) -> None:
    counts = text("select (select count(*) from users), (select count(*) from memberships)")
    async with database.begin() as tx:
        before = (await tx.execute(counts)).one()
    await invited(alice, world, "nora", "owner")
    _, answer = await sign_on(app, provider, "nora")
    assert (answer.status_code, "open the link of the invitation first" in answer.text) == (403, True)
    async with database.begin() as tx:
        assert (await tx.execute(counts)).one() == before


async def test_who_was_removed_comes_back_in_once_invited_again(
    app: FastAPI, provider: IdentityProvider, alice: httpx.AsyncClient, world: World
) -> None:
    nora = str((await person((await sign_on(app, provider, "nora"))[0]))["user_id"])
    assert (await alice.delete(f"{world.acme_path}/members/{nora}")).status_code == 204
    assert (await sign_on(app, provider, "nora"))[1].status_code == 403
    await invited(alice, world, "nora", "viewer")
    client, _ = await sign_on(app, provider, "nora")
    assert ((await person(client))["user_id"], (await person(client))["role"]) == (nora, "viewer")


async def test_what_has_no_provider_is_told_alike_whether_the_domain_is_known_or_not(
    app: FastAPI, database: Database, world: World
) -> None:
    await proven(database, world.other, "known.example")
    for email in ("somebody@known.example", "somebody@unknown.example", "no address"):
        assert await leave(browser(app), email) == ""


async def test_a_session_from_one_provider_does_not_speak_for_another_organization(
    app: FastAPI, provider: IdentityProvider, database: Database, world: World
) -> None:
    async with database.begin() as tx:
        bob = await users.find_credentials(tx, email="bob@example.com")
        assert bob is not None
        other = {"organization_id": world.other, "user_id": bob.user.id, "role": "owner"}
        await users.insert_membership(tx, **other, now=bob.user.created_at)  # type: ignore[arg-type]  # as declared
    client, _ = await sign_on(app, provider, "bob")
    answer = await client.post(
        "/v1/sessions/current/organization", json={"organization_id": f"org_{world.other.hex}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "single_sign_on_required")


async def test_a_provider_alone_changes_nothing_that_the_person_signs_in_with_elsewhere(
    app: FastAPI, provider: IdentityProvider
) -> None:
    client, _ = await sign_on(app, provider, "bob")
    for method, path in OWN_ACTS:
        answer = await client.request(method, path, json={"email": "thief@example.com"})
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthenticate"), path
    proof = await client.post("/v1/sessions/current/confirm", json={"password": PASSWORD})
    client.headers["X-CSRF-Token"] = proof.json()["csrf_token"]
    assert (await client.post("/v1/passkeys/options", json={})).status_code == 200


async def test_who_has_no_other_proof_may_add_one(app: FastAPI, provider: IdentityProvider) -> None:
    client, _ = await sign_on(app, provider, "nora")
    assert (await client.post("/v1/passkeys/options", json={})).status_code == 200


async def test_nobody_new_joins_an_organization_that_is_being_deleted(
    app: FastAPI, provider: IdentityProvider, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update organizations set state = 'deleting' where name = 'Acme'"))
    _, answer = await sign_on(app, provider, "nora")
    assert (answer.status_code, "being deleted" in answer.text) == (403, True)


async def test_a_provider_that_was_replaced_while_it_was_asked_lets_nobody_in(
    app: FastAPI, provider: IdentityProvider, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    who_came = app.state.oidc.who_came

    async def meanwhile(*given: object, **named: object) -> Claims:
        async with database.begin() as tx:
            await tx.execute(text("update identity_providers set id = uuidv7()"))
        found: Claims = await who_came(*given, **named)
        return found

    monkeypatch.setattr(app.state.oidc, "who_came", meanwhile)
    _, answer = await sign_on(app, provider, "bob")
    assert (answer.status_code, "changed meanwhile" in answer.text) == (403, True)
