"""A request that is repeated under its Idempotency-Key: the same answer, and nothing done twice."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.routing import HouseOnce, HouseOnceSealed, Once
from db.engine import Database
from tests.api.conftest import World
from tests.api.letters import letters_to
from tests.api.sign_on import proven, set_up, sign_on
from tests.identity_provider import IdentityProvider, serving

KEY = {"Idempotency-Key": "once"}
CLAIMS = {once.dependency for once in (Once, HouseOnce, HouseOnceSealed)}
_A_PROOF = "a proof that works once by itself: a code, a link or what a browser signed"
_A_QUESTION = "a question; asked again, the newest counts"
_NO_EFFECT = "looks, and changes nothing that a second look would not"
# Why a POST takes no key.
REASONS = {
    "/v1/sessions": "a new session each time is what signing in means",
    "/v1/sessions/second-factor": _A_PROOF,
    "/v1/sessions/passkey": _A_PROOF,
    "/v1/sessions/passkey/options": _A_QUESTION,
    "/v1/sessions/current/confirm": _A_PROOF,
    "/v1/sessions/current/passkey": _A_PROOF,
    "/v1/sessions/current/passkey/options": _A_QUESTION,
    "/v1/sessions/current/organization": "sets what the session speaks for, under a new token each time",
    "/v1/account/password": "needs the present password, which the first one has replaced",
    "/v1/account/authenticator": _A_QUESTION,
    "/v1/account/authenticator/confirm": _A_PROOF,
    "/v1/account/authenticator/recovery-codes": "shows new codes; the ones shown before end",
    "/v1/account/email": _A_QUESTION,
    "/v1/account/email/confirm": _A_PROOF,
    "/v1/account/email/cancel": _A_PROOF,
    "/v1/passkeys": _A_PROOF,
    "/v1/passkeys/options": _A_QUESTION,
    "/v1/password-resets": _A_QUESTION,
    "/v1/password-resets/confirm": _A_PROOF,
    "/v1/registrations": _A_QUESTION,
    "/v1/registrations/confirm": _A_PROOF,
    "/v1/invites/accept": "the same person is answered alike, with or without a key",
    "/v1/organizations/{organization_id}/members/leave": "ends the session that asked",
    "/v1/organizations/{organization_id}/sign-on/test": _NO_EFFECT,
    "/v1/domains/{domain_id}/check": _NO_EFFECT,
    "/v1/provider-credentials/{credential_id}/check": _NO_EFFECT,
    "/v1/certificates/verify": _NO_EFFECT,
    "/v1/usage": "each record carries a key of its own",
    "/v1/webhooks/stripe": "each event carries a key of its own",
    "/v1/webhooks/sendgrid": "each event carries a key of its own",
}


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with serving() as started:
        yield started


@pytest.fixture
async def linked(
    app: FastAPI, running: IdentityProvider, database: Database, alice: httpx.AsyncClient, world: World
) -> IdentityProvider:
    """Acme's provider, through which Alice has come in."""
    await proven(database, world.acme, "example.com")
    assert (await set_up(alice, world, running)).status_code == 200
    running.knows("alice", email="alice@example.com")
    await sign_on(app, running, "alice", client=alice)
    return running


def keyless(app: FastAPI) -> set[str]:
    """Every POST of the JSON API that claims no key."""
    found: set[str] = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = str(context.path)
        if isinstance(route, APIRoute) and "POST" in (route.methods or ()) and path.startswith("/v1/"):
            claims = {inner.call for inner in route.dependant.dependencies} & CLAIMS
            claims |= {given.dependency for given in route.dependencies} & CLAIMS
            found |= set() if claims else {path}
    return found


async def actions(client: httpx.AsyncClient, action: str) -> int:
    entries = (await client.get("/v1/audit", params={"action": action})).json()["items"]
    return len([entry for entry in entries if entry["action"] == action])


async def twice(client: httpx.AsyncClient, path: str, body: dict[str, str] | None = None) -> httpx.Response:
    """The answer of the second one, which is the first one's."""
    first, second = [await client.post(path, json=body, headers=KEY) for _ in range(2)]
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    return second


def test_every_post_takes_a_key_or_says_here_why_not(app: FastAPI) -> None:
    assert keyless(app) == set(REASONS)


async def test_a_letter_about_a_domain_is_written_once_and_its_link_keeps_working(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    named = (await alice.post(f"{world.acme_path}/domains", json={"name": "acme.example"})).json()
    await twice(alice, f"/v1/domains/{named['id']}/mail", {"mailbox": "admin"})
    assert len(await letters_to(app, "admin@acme.example")) == 1


async def test_a_key_revoked_twice_is_revoked_once(alice: httpx.AsyncClient, world: World) -> None:
    body = {"name": "gateway", "environment": "live", "scopes": ["usage:read"]}
    made = (await alice.post(f"{world.acme_path}/api-keys", json=body)).json()
    await twice(alice, f"/v1/api-keys/{made['id']}/revoke")
    assert (await alice.post(f"/v1/api-keys/{made['id']}/revoke")).status_code == 200
    assert await actions(alice, "key.revoke") == 1


async def test_single_sign_on_is_required_and_lifted_once(
    alice: httpx.AsyncClient, linked: IdentityProvider, world: World
) -> None:
    for act in ("enforce", "lift"):
        answer = await twice(alice, f"{world.acme_path}/sign-on/{act}")
        assert answer.status_code == 200, answer.text
        assert await actions(alice, f"sign_on.{act}") == 1
