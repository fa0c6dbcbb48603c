"""Guessing from everywhere: it is slowed down, tells nothing, and never locks the owner out of their own browser."""

import asyncio
import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

import httpx
import pytest
import time_machine
from argon2.exceptions import VerifyMismatchError
from fastapi import FastAPI
from sqlalchemy import text
from starlette.requests import Request

from api.signing_in import sign_in
from db.engine import Database
from domain.errors import Refusal
from domain.guessing import ADDRESS, KNOWN_DEVICE, STRANGERS
from gateways.passwords import Passwords
from tests.api.conftest import PASSWORD, World, browser, signed_in

ALICE, UNKNOWN = "alice@example.com", "nobody@example.com"


class CheapHasher:
    """Checks as argon2 does, in microseconds."""

    def __init__(self) -> None:
        self.checked = 0

    def hash(self, password: str) -> str:
        return sha256(password.encode()).hexdigest()

    def verify(self, hash: str, password: str) -> bool:  # noqa: A002 — argon2's own name
        self.checked += 1
        if not hmac.compare_digest(self.hash(password), hash):
            raise VerifyMismatchError
        return True

    def check_needs_rehash(self, hash: str) -> bool:  # noqa: A002 — argon2's own name
        return False


@pytest.fixture
async def hasher(app: FastAPI, world: World, database: Database) -> CheapHasher:
    """Hashing that costs nothing; everything else is real."""
    cheap = CheapHasher()
    app.state.passwords = Passwords(cheap, together=8)
    async with database.begin() as tx:
        await tx.execute(text("update users set password_hash = :hash"), {"hash": cheap.hash(PASSWORD)})
    return cheap


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still until a test moves it, however long the guesses take."""
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


def _place(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def from_address(app: FastAPI, number: int) -> httpx.AsyncClient:
    """A browser at an address of its own, of which there are millions."""
    transport = httpx.ASGITransport(app=app, client=(_place(number), 4000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def enter(client: httpx.AsyncClient, email: str, password: str = "a guess") -> httpx.Response:
    return await client.post("/v1/sessions", json={"email": email, "password": password})


async def guesses(app: FastAPI, email: str, count: int) -> Counter[str]:
    """What becomes of so many wrong passwords, each from an address of its own, at the rule behind every door."""
    numbers, found = iter(range(count)), Counter[str]()

    async def guesser() -> None:
        for number in numbers:
            scope: dict[str, object] = {
                "type": "http",
                "method": "POST",
                "path": "/v1/sessions",
                "headers": [],
                "app": app,
            }
            request = Request({**scope, "query_string": b"", "client": (_place(number), 4000)})
            with pytest.raises(Refusal) as refused:
                await sign_in(request, email=email, password="a guess")
            found[refused.value.code] += 1

    await asyncio.gather(*(guesser() for _ in range(6)))
    return found


@pytest.mark.timeout(600)
async def test_ten_thousand_guesses_from_everywhere_neither_lock_the_owner_out_nor_tell_who_exists(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    owner = await signed_in(app, "alice")
    checked = hasher.checked
    known, unknown = await guesses(app, ALICE, 10_000), await guesses(app, UNKNOWN, 500)
    assert known == {"unauthenticated": STRANGERS.free, "too_many_attempts": 10_000 - STRANGERS.free}
    assert unknown == {"unauthenticated": STRANGERS.free, "too_many_attempts": 500 - STRANGERS.free}
    assert hasher.checked - checked == 2 * STRANGERS.free
    del owner.cookies["backoffice_session"]
    assert (await enter(owner, ALICE, PASSWORD)).status_code == 201
    assert (await enter(from_address(app, 77), ALICE, PASSWORD)).status_code == 429


async def test_a_refusal_is_the_same_word_for_word_for_who_exists_and_who_does_not(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    told: dict[str, list[tuple[int, object, object]]] = {ALICE: [], UNKNOWN: []}
    for email, answers in told.items():
        for number in range(STRANGERS.free + 1):
            answer = await enter(from_address(app, number), email)
            body = {name: value for name, value in answer.json().items() if name != "request_id"}
            answers.append((answer.status_code, body, answer.headers.get("retry-after")))
    assert told[ALICE] == told[UNKNOWN]


async def test_a_new_browser_gets_in_once_the_wait_is_over(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    await guesses(app, ALICE, STRANGERS.free)
    stranger = from_address(app, 99)
    refused = await enter(stranger, ALICE, PASSWORD)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    clock.shift(31)
    assert (await enter(stranger, ALICE, PASSWORD)).status_code == 201


async def test_guesses_while_one_waits_do_not_make_the_wait_longer(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    await guesses(app, ALICE, 200)
    clock.shift(31)
    assert (await enter(from_address(app, 99), ALICE, PASSWORD)).status_code == 201


async def test_a_known_browser_that_is_stolen_is_slowed_down_by_itself(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    thief = await signed_in(app, "alice")
    statuses = [(await enter(thief, ALICE)).status_code for _ in range(KNOWN_DEVICE.free + 1)]
    assert statuses == [401] * KNOWN_DEVICE.free + [429]
    assert (await enter(from_address(app, 5), ALICE, PASSWORD)).status_code == 201


async def test_an_address_that_tries_many_accounts_is_stopped_and_others_are_not(
    app: FastAPI, hasher: CheapHasher, clock: time_machine.Traveller
) -> None:
    sprayer = from_address(app, 1)
    statuses = Counter(
        [(await enter(sprayer, f"user{n}@example.com")).status_code for n in range(ADDRESS.free + 1)]
    )
    assert statuses == Counter({401: ADDRESS.free, 429: 1})
    assert (await enter(from_address(app, 2), ALICE, PASSWORD)).status_code == 201


async def test_an_office_behind_one_address_may_sign_in_all_day(app: FastAPI, hasher: CheapHasher) -> None:
    statuses = {(await enter(browser(app), ALICE, PASSWORD)).status_code for _ in range(ADDRESS.free + 5)}
    assert statuses == {201}


async def test_failures_are_written_down_with_their_address_for_who_exists_and_who_does_not(
    app: FastAPI, hasher: CheapHasher, database: Database
) -> None:
    for email in (ALICE, UNKNOWN):
        await enter(from_address(app, 7), email)
    query = text(
        "select target_kind, ip, request_id <> '' from audit where action = 'session.refused' order by 1"
    )
    async with database.begin() as tx:
        assert [tuple(row) for row in await tx.execute(query)] == [
            ("email", "10.0.0.7", True),
            ("user", "10.0.0.7", True),
        ]
