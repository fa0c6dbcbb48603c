"""Codes of an authenticator app and recovery codes: asked for, taken once, turned off only by their owner."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import PASSWORD, World, browser
from tests.api.letters import letters_to, subjects_to, token_to

ALICE = "alice@example.com"
APP = "/v1/account/authenticator"


class Phone:
    """Alice's app, and the recovery codes she wrote down."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)
        self.recovery_codes: list[str] = []
        self.shown = 0

    def next(self) -> str:
        """A code that was not shown before, while the clock stands almost still."""
        self.shown += 1
        return self.totp.at(datetime.now(UTC) + timedelta(seconds=30 * (self.shown - 2)))


@pytest.fixture
async def phone(alice: httpx.AsyncClient) -> Phone:
    """Alice has turned the second factor on."""
    phone = Phone((await alice.post(APP)).json()["secret"])
    answer = await alice.post(f"{APP}/confirm", json={"code": phone.next()})
    assert answer.status_code == 200, answer.text
    phone.recovery_codes = answer.json()["recovery_codes"]
    alice.headers["X-CSRF-Token"] = answer.json()["person"]["csrf_token"]
    return phone


async def first_step(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/sessions", json={"email": ALICE, "password": PASSWORD})
    assert answer.status_code == 202, answer.text
    assert answer.json()["methods"][:2] == ["totp", "recovery_code"]
    challenge: str = answer.json()["challenge"]
    return challenge


async def second_step(client: httpx.AsyncClient, challenge: str, code: str) -> httpx.Response:
    return await client.post("/v1/sessions/second-factor", json={"challenge": challenge, "code": code})


async def test_the_password_alone_opens_nothing(phone: Phone, nobody: httpx.AsyncClient) -> None:
    challenge = await first_step(nobody)
    assert (await nobody.get("/v1/sessions/current")).status_code == 401
    assert (await second_step(nobody, challenge, phone.next())).status_code == 201
    assert (await nobody.get("/v1/sessions/current")).json()["email"] == ALICE


async def test_a_code_is_taken_once(app: FastAPI, phone: Phone, nobody: httpx.AsyncClient) -> None:
    code = phone.next()
    assert (await second_step(nobody, await first_step(nobody), code)).status_code == 201
    thief = browser(app)
    assert (await second_step(thief, await first_step(thief), code)).status_code == 401


async def test_one_question_opens_one_session(phone: Phone, nobody: httpx.AsyncClient) -> None:
    challenge = await first_step(nobody)
    assert (await second_step(nobody, challenge, phone.next())).status_code == 201
    again = await second_step(nobody, challenge, phone.recovery_codes[0])
    assert (again.status_code, again.json()["code"]) == (401, "challenge_ended")


async def test_an_old_question_is_not_answered(
    phone: Phone, nobody: httpx.AsyncClient, database: Database
) -> None:
    challenge = await first_step(nobody)
    async with database.begin() as tx:
        await tx.execute(text("update sign_in_challenges set expires_at = now()"))
    assert (await second_step(nobody, challenge, phone.next())).json()["code"] == "challenge_ended"


async def test_guessing_codes_is_slowed_down(phone: Phone, nobody: httpx.AsyncClient) -> None:
    challenge = await first_step(nobody)
    statuses = [(await second_step(nobody, challenge, f"00000{n}")).status_code for n in range(6)]
    assert statuses == [401] * 5 + [429]
    assert (await second_step(nobody, challenge, phone.next())).status_code == 429


async def test_a_recovery_code_signs_in_once_and_its_owner_is_told(
    app: FastAPI, phone: Phone, nobody: httpx.AsyncClient
) -> None:
    code = phone.recovery_codes[3].replace("-", " ").upper()
    assert (await second_step(nobody, await first_step(nobody), code)).status_code == 201
    assert "A recovery code was used" in await subjects_to(app, ALICE)
    assert (await nobody.get("/v1/account")).json()["recovery_codes_left"] == 9
    other = browser(app)
    assert (await second_step(other, await first_step(other), code)).status_code == 401


async def test_a_recovery_code_that_confirms_is_told_as_that_and_not_as_a_sign_in(
    app: FastAPI, phone: Phone, alice: httpx.AsyncClient
) -> None:
    body = {"code": phone.recovery_codes[0]}
    assert (await alice.post("/v1/sessions/current/confirm", json=body)).status_code == 200
    letter = (await letters_to(app, ALICE))[0]
    assert letter.subject == "A recovery code was used"
    assert "Somebody who is signed in to your account proved" in letter.text


async def test_new_recovery_codes_replace_the_old(
    phone: Phone, alice: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    fresh = (await alice.post(f"{APP}/recovery-codes")).json()["recovery_codes"]
    assert len(fresh) == len(set(fresh)) == 10
    assert (await second_step(nobody, await first_step(nobody), phone.recovery_codes[0])).status_code == 401
    assert (await second_step(nobody, await first_step(nobody), fresh[0])).status_code == 201


async def test_a_password_reset_does_not_pass_the_second_factor(
    app: FastAPI, phone: Phone, nobody: httpx.AsyncClient
) -> None:
    await nobody.post("/v1/password-resets", json={"email": ALICE})
    token = await token_to(app, ALICE, "password_reset")
    await nobody.post(
        "/v1/password-resets/confirm", json={"token": token, "password": "seven lamps on the quay"}
    )
    body = {"email": ALICE, "password": "seven lamps on the quay"}
    assert (await nobody.post("/v1/sessions", json=body)).status_code == 202


async def test_turning_it_off_needs_a_fresh_proof(
    app: FastAPI, phone: Phone, alice: httpx.AsyncClient, nobody: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update sessions set proved_at = now() - interval '1 hour'"))
    assert (await alice.delete(APP)).json()["code"] == "reauthenticate"
    proved = await alice.post("/v1/sessions/current/confirm", json={"code": phone.next()})
    alice.headers["X-CSRF-Token"] = proved.json()["csrf_token"]
    assert (await alice.delete(APP)).status_code == 204
    answer = await nobody.post("/v1/sessions", json={"email": ALICE, "password": PASSWORD})
    assert answer.status_code == 201
    assert (await subjects_to(app, ALICE))[1] == "Your second factor was turned off"


async def test_the_secret_is_sealed_and_codes_are_hashed(phone: Phone, database: Database) -> None:
    async with database.begin() as tx:
        app_row = str((await tx.execute(text("select authenticators::text from authenticators"))).one())
        codes = str((await tx.execute(text("select array_agg(code_hash::text) from recovery_codes"))).one())
    assert phone.totp.secret not in app_row
    assert not any(code.replace("-", "") in codes for code in phone.recovery_codes)


async def test_a_wrong_first_code_turns_nothing_on(alice: httpx.AsyncClient, world: World) -> None:
    await alice.post(APP)
    answer = await alice.post(f"{APP}/confirm", json={"code": "000000"})
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_proof")
    assert (await alice.get("/v1/account")).json()["second_factor"] is False


async def test_two_clicks_for_new_recovery_codes_leave_those_of_one(
    phone: Phone, alice: httpx.AsyncClient, database: Database
) -> None:
    await asyncio.gather(*(alice.post(f"{APP}/recovery-codes") for _ in range(6)))
    async with database.begin() as tx:
        assert (await tx.execute(text("select count(*) from recovery_codes"))).scalar_one() == 10


async def test_a_question_that_the_old_password_opened_ends_with_it(
    app: FastAPI, phone: Phone, nobody: httpx.AsyncClient
) -> None:
    challenge = await first_step(nobody)
    await nobody.post("/v1/password-resets", json={"email": ALICE})
    chosen = {
        "token": await token_to(app, ALICE, "password_reset"),
        "password": "another long sentence, kept",
    }
    assert (await nobody.post("/v1/password-resets/confirm", json=chosen)).status_code == 204
    assert (await second_step(nobody, challenge, phone.next())).json()["code"] == "challenge_ended"
