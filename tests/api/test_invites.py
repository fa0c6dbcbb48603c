"""Invitations through the doors: Alice owns Acme, Ada runs it, Bob is a member, Charlie is a stranger."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from activities.invite_letters import InviteLetters
from activities.invites import InviteLetter, InviteSteps
from db.engine import Database
from tests.api.conftest import World, browser, signed_in, with_key
from tests.collecting import SENDER
from tests.invitations import SECRETS

PASSWORD = "seven purple otters juggling"
ERIN = {"name": "Erin", "password": PASSWORD}


@dataclass
class Mailroom:
    """Writes the letters that the process would have written, and reads their links as a reader does."""

    app: FastAPI
    database: Database

    async def token(self, invite: dict[str, Any], *, reminder: int = 0) -> str:
        steps = InviteSteps(self.database, InviteLetters(SENDER, SECRETS))
        letter = InviteLetter(invite_id=invite["id"], generation=invite["letters"], reminder=reminder)
        await steps.send_invite(letter)
        staff = await with_key(self.app, "platform:all")
        about = {"subject_id": invite["id"], "limit": 1}
        (mail,) = (await staff.get("/v1/outbox", params=about)).json()["items"]
        return next(word for word in mail["text"].split() if "/invite/" in word).rpartition("/")[2]


@pytest.fixture
def mailroom(app: FastAPI, database: Database) -> Mailroom:
    return Mailroom(app, database)


async def invited(
    by: httpx.AsyncClient, world: World, email: str = "erin@example.com", role: str = "member"
) -> dict[str, Any]:
    answer = await by.post(f"{world.acme_path}/invites", json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accepts(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    return await client.post("/v1/invites/accept", json={"token": token, **more})


async def members_of(by: httpx.AsyncClient, world: World) -> dict[str, str]:
    listed = (await by.get(f"{world.acme_path}/members")).json()["items"]
    return {person["email"].partition("@")[0]: person["role"] for person in listed}


async def test_an_invited_person_chooses_a_password_and_belongs(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient
) -> None:
    made = await invited(alice, world, " Erin@Example.com ", "viewer")
    assert (made["state"], made["email"], made["invited_by"]) == ("sent", "erin@example.com", "Alice")
    answer = await accepts(nobody, await mailroom.token(made), **ERIN)
    assert (answer.status_code, answer.json()["organization"]) == (200, "Acme")
    assert (await members_of(alice, world))["erin"] == "viewer"
    entered = {"email": "erin@example.com", "password": PASSWORD}
    assert (await nobody.post("/v1/sessions", json=entered)).status_code == 201
    (listed,) = (await alice.get(f"{world.acme_path}/invites")).json()["items"]
    assert (listed["state"], listed["accepted_by"]) == ("accepted", answer.json()["user_id"])


async def test_two_clicks_at_once_make_one_member(
    world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient
) -> None:
    token = await mailroom.token(await invited(alice, world))
    answers = await asyncio.gather(*(accepts(nobody, token, **ERIN) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert list(await members_of(alice, world)).count("erin") == 1


async def test_accepting_again_is_answered_alike_to_the_same_person_and_refused_to_others(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient
) -> None:
    token = await mailroom.token(await invited(alice, world))
    first = await accepts(nobody, token, **ERIN)
    again = await accepts(nobody, token, name="Erin", password=PASSWORD)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await accepts(nobody, token, name="Erin", password="somebody else's guess")).status_code == 410
    link = await mailroom.token(await invited(alice, world, "charlie@example.com"))
    charlie = await signed_in(app, "charlie")
    twice = [await accepts(charlie, link)]
    charlie.headers["X-CSRF-Token"] = (await charlie.get("/v1/sessions/current")).json()["csrf_token"]
    twice.append(await accepts(charlie, link))
    assert (twice[0].status_code, twice[0].json()) == (200, twice[1].json())


async def test_a_repeated_acceptance_without_a_password_is_no_wrong_password(
    world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient, database: Database
) -> None:
    token = await mailroom.token(await invited(alice, world))
    await accepts(nobody, token, **ERIN)
    async with database.begin() as tx:
        await tx.execute(text("delete from guesses"))
    for _ in range(12):
        assert (await accepts(nobody, token)).json()["code"] == "invite_accepted"
    async with database.begin() as tx:
        refused = "select count(*) from audit where action = 'session.refused'"
        counts = [await tx.scalar(text(query)) for query in ("select count(*) from guesses", refused)]
    assert counts == [0, 0]


async def test_joining_renews_the_session_and_is_written_down(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, database: Database
) -> None:
    token = await mailroom.token(await invited(alice, world, "charlie@example.com", "admin"))
    charlie = await signed_in(app, "charlie")
    stolen = browser(app)
    stolen.cookies.update(charlie.cookies)
    assert (await accepts(charlie, token)).status_code == 200
    assert (await stolen.get("/v1/sessions/current")).status_code == 401
    assert (await charlie.get("/v1/sessions/current")).json()["role"] == "admin"
    entries = (await alice.get("/v1/audit")).json()["items"]
    did = {entry["action"] for entry in entries if entry["actor"]["name"] == "charlie@example.com"}
    assert did == {"invite.accept", "member.join", "session.switch"}


async def test_who_belongs_already_keeps_their_role_and_the_log_says_so(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, database: Database
) -> None:
    token = await mailroom.token(await invited(alice, world, "erin@example.com", "admin"))
    async with database.begin() as tx:
        await tx.execute(text("update users set email = 'erin@example.com' where email = 'vera@example.com'"))
    erin = await signed_in(app, "erin")
    assert (await accepts(erin, token)).json()["role"] == "viewer"
    entries = (await alice.get("/v1/audit")).json()["items"]
    accepted = next(entry for entry in entries if entry["action"] == "invite.accept")
    assert (accepted["after"]["role"], accepted["after"]["role_held"]) == ("admin", "viewer")
    assert "member.join" not in {entry["action"] for entry in entries}


async def test_a_staff_invitation_is_not_sent_again_to_who_has_an_account_by_now(
    world: World, stella: httpx.AsyncClient, database: Database
) -> None:
    made = (await stella.post("/v1/staff/invites", json={"email": "e@example.com", "role": "admin"})).json()
    for email, code in (("bob@example.com", "conflict"), ("conrad@example.com", "member_already")):
        answer = await stella.post(f"/v1/invites/{made['id']}/resend", json={"email": email})
        assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_who_has_an_account_accepts_by_signing_in(
    app: FastAPI, world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient
) -> None:
    token = await mailroom.token(await invited(alice, world, "charlie@example.com"))
    refused = await accepts(nobody, token, **ERIN)
    assert (refused.status_code, refused.json()["code"]) == (409, "sign_in_first")
    charlie, bob = await signed_in(app, "charlie"), await signed_in(app, "bob")
    assert (await accepts(bob, token)).json()["code"] == "wrong_account"
    assert (await accepts(charlie, token)).status_code == 200
    assert (await charlie.get(f"{world.acme_path}/members")).status_code == 200


async def test_a_link_says_what_became_of_it(
    world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient, database: Database
) -> None:
    made = await invited(alice, world)
    first = await mailroom.token(made)
    again = (await alice.post(f"/v1/invites/{made['id']}/resend")).json()
    second = await mailroom.token(again)
    reminder = await mailroom.token(again, reminder=1)
    assert (await accepts(nobody, first, **ERIN)).json()["code"] == "invite_replaced"
    async with database.begin() as tx:
        await tx.execute(text("update invites set began_at = now() - interval '9 days', expires_at = now()"))
    expired = await accepts(nobody, second, **ERIN)
    assert (expired.status_code, expired.json()["code"]) == (410, "invite_expired")
    await alice.post(f"/v1/invites/{made['id']}/revoke")
    assert (await accepts(nobody, reminder, **ERIN)).json()["code"] == "invite_revoked"
    assert (await accepts(nobody, "x" * 43, **ERIN)).status_code == 404


async def test_the_page_asks_to_correct_an_address_only_where_that_can_be_done(
    world: World, alice: httpx.AsyncClient, database: Database
) -> None:
    made = await invited(alice, world)
    async with database.begin() as tx:
        await tx.execute(text("update invites set state = 'bounced', trouble = 'no such box'"))
    remedy = "Correct the address and send it again."
    assert remedy in (await alice.get("/portal/members")).text
    await alice.post(f"/v1/invites/{made['id']}/revoke")
    page = (await alice.get("/portal/members")).text
    assert ("no such box" in page, remedy in page) == (True, False)


async def test_a_weak_password_or_no_name_consumes_nothing(
    world: World, alice: httpx.AsyncClient, mailroom: Mailroom, nobody: httpx.AsyncClient
) -> None:
    token = await mailroom.token(await invited(alice, world))
    for wrong in ({"name": "Erin", "password": "short"}, {"name": " ", "password": PASSWORD}, {"name": "E"}):
        assert (await accepts(nobody, token, **wrong)).status_code == 422
    assert (await accepts(nobody, token, **ERIN)).status_code == 200


async def test_nobody_is_invited_twice_and_no_member_at_all(world: World, alice: httpx.AsyncClient) -> None:
    await invited(alice, world)
    for email, code in (("erin@example.com", "invited_already"), ("bob@example.com", "member_already")):
        body = {"email": email, "role": "member"}
        answer = await alice.post(f"{world.acme_path}/invites", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_an_idempotent_repetition_invites_once(world: World, alice: httpx.AsyncClient) -> None:
    body, key = {"email": "erin@example.com", "role": "member"}, {"Idempotency-Key": "1"}
    answers = [await alice.post(f"{world.acme_path}/invites", json=body, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


async def test_only_an_owner_invites_an_owner_and_a_member_nobody(app: FastAPI, world: World) -> None:
    ada, bob = await signed_in(app, "ada"), await signed_in(app, "bob")
    path, body = f"{world.acme_path}/invites", {"email": "erin@example.com", "role": "owner"}
    assert (await ada.post(path, json=body)).status_code == 403
    assert (await bob.post(path, json=body | {"role": "viewer"})).status_code == 403
    alice = await signed_in(app, "alice")
    made = (await alice.post(path, json=body)).json()
    assert (await ada.post(f"/v1/invites/{made['id']}/revoke")).status_code == 403


async def test_a_stranger_finds_no_invitation_of_others(
    world: World, alice: httpx.AsyncClient, charlie: httpx.AsyncClient
) -> None:
    made = await invited(alice, world)
    assert (await alice.get(f"/v1/invites/{made['id']}")).json() == made
    for path in (f"{world.acme_path}/invites", f"/v1/invites/{made['id']}"):
        assert (await charlie.get(path)).status_code == 404
    for act in ("resend", "revoke"):
        assert (await charlie.post(f"/v1/invites/{made['id']}/{act}")).status_code == 404
    (listed,) = (await alice.get(f"{world.acme_path}/invites")).json()["items"]
    assert (listed["state"], listed["letters"]) == ("sent", 1)


async def test_staff_invite_colleagues_who_become_staff(
    app: FastAPI, world: World, stella: httpx.AsyncClient, alice: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    body = {"email": "erin@example.com", "role": "contractor"}
    assert (await alice.post("/v1/staff/invites", json=body)).status_code == 403
    made = (await stella.post("/v1/staff/invites", json=body)).json()
    assert (await alice.post(f"/v1/invites/{made['id']}/revoke")).status_code == 404
    assert (await accepts(browser(app), await mailroom.token(made), **ERIN)).status_code == 200
    people = {person["name"]: person["role"] for person in (await stella.get("/v1/staff")).json()["items"]}
    assert people == {"Conrad": "contractor", "Erin": "contractor", "Stella": "admin"}
    clients = await stella.post("/v1/staff/invites", json={"email": "bob@example.com", "role": "admin"})
    assert clients.status_code == 409
