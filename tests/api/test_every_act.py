"""Every door that changes something, really asked: what it did stands in the log, and doing it twice at once is no fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from api.openapi import doors
from db import users
from db.engine import Database
from gateways.settings import Settings
from tests.api.conftest import PASSWORD_HASH, World, user
from tests.api.test_audited import REASONS, WRITING
from tests.api.walk import Walk
from tests.api.walk_table import ELSEWHERE, TABLE
from tests.identity_provider import IdentityProvider, serving
from tests.stripe_sandbox import SECRET, Sandbox

# What answers show once and nobody may find again.
SHOWN_ONCE = {"secret", "challenge", "csrf_token"}


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with serving() as started:
        yield started


@pytest.fixture
async def app(database: Database, sandbox: Sandbox) -> AsyncIterator[FastAPI]:
    environ = {
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        "STRIPE_API_BASE": sandbox.url,
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "BACKOFFICE_PUBLIC_URL": "http://localhost:8000",
    }
    app = create_app(Settings.read(environ), database=database)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def walk(app: FastAPI, world: World, database: Database, provider: IdentityProvider) -> Walk:
    async with database.begin() as tx:
        await users.ensure(tx, user("sam", "staff"), password_hash=PASSWORD_HASH)
    return Walk(app, world, issuer=provider.issuer)


def shown_by(answer: httpx.Response) -> dict[str, Any]:
    """The facts of an answer; none when it has no body."""
    facts: dict[str, Any] = answer.json() if answer.content else {}
    return facts


async def logged(database: Database, after: int) -> list[dict[str, Any]]:
    """What was written to the log since."""
    async with database.begin() as tx:
        rows = await tx.execute(
            text("select * from audit where sequence > :after order by 1"), {"after": after}
        )
        return [row._asdict() for row in rows]


async def newest(database: Database) -> int:
    async with database.begin() as tx:
        found: int = (await tx.execute(text("select coalesce(max(sequence), 0) from audit"))).scalar_one()
    return found


def faults_of(entries: list[dict[str, Any]], answer: httpx.Response, secrets: set[str]) -> list[str]:
    """What is wrong with what one act left in the log."""
    asked = [entry for entry in entries if entry["request_id"] == answer.headers["x-request-id"]]
    told = json.dumps([[entry["before"], entry["after"], entry["actor_name"]] for entry in entries])
    faults = [] if asked else ["nothing is written under the request's id"]
    faults += [f"{entry['action']} has no actor" for entry in asked if not entry["actor_id"]]
    faults += [f"{entry['action']} has no address" for entry in asked if not entry["ip"]]
    return faults + [f"a secret is written: {secret}" for secret in secrets if secret in told]


async def test_what_every_door_does_stands_in_the_log_without_its_secrets(
    walk: Walk, database: Database
) -> None:
    faults: dict[str, object] = {}
    for door, (who, told) in TABLE.items():
        ask = await walk.ask(door, who, told)
        before = await newest(database)
        answer = await ask.send()
        assert answer.status_code < 300, (door, answer.status_code, answer.text)
        walk.secrets |= {value for name, value in shown_by(answer).items() if name in SHOWN_ONCE}
        found = faults_of(await logged(database, before), answer, walk.secrets)
        faults |= {door: found} if found else {}
    assert faults == {}
    everything = json.dumps([[row["before"], row["after"]] for row in await logged(database, 0)])
    assert [secret for secret in walk.secrets if secret in everything] == []


async def test_the_same_asked_three_times_at_the_same_moment_is_never_a_fault(walk: Walk) -> None:
    for door, (who, told) in TABLE.items():
        ask = await walk.ask(door, who, told)
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*(ask.send() for _ in "abc")))
        assert statuses[0] < 300, (door, statuses)
        assert statuses[-1] < 500, (door, statuses)


def test_every_door_that_changes_something_is_walked_through(app: FastAPI) -> None:
    changing = {
        f"{door.method} {door.path}"
        for door in doors(app)
        if door.method in WRITING and door.path.startswith("/v1/")
    }
    walked = {door.partition("?")[0] for door in TABLE}
    assert changing - walked == {door for door in {*REASONS, *ELSEWHERE} if " /v1/" in door}
