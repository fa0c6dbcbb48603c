"""The API in this process over a real database: Alice owns Acme, Bob is a member, Charlie is a stranger."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from db import api_keys, organizations, users
from db.engine import Database
from domain.api_key import issue
from domain.ids import new_id, show
from domain.key_form import keyed_hash
from domain.organization import Organization
from domain.user import StaffRole, User
from gateways.passwords import Passwords
from gateways.settings import Settings
from tests.monthend import close_month, hand_over, one, report
from tests.stripe_sandbox import Sandbox, running_sandbox
from tests.world import Line, a_price

PASSWORD = "correct horse battery staple"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
PASSWORD_HASH = asyncio.run(Passwords().hashed(PASSWORD))


@dataclass(frozen=True)
class World:
    """Two organizations and the people in them."""

    acme: UUID
    other: UUID

    @property
    def acme_path(self) -> str:
        return f"/v1/organizations/{show('org', self.acme)}"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A Stripe of the test's own."""
    async with running_sandbox(str(tmp_path / "stripe.sqlite")) as sandbox:
        yield sandbox


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    settings = Settings.read({"TEMPORAL_ADDRESS": "127.0.0.1:9"})
    app = create_app(settings, database=database)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def world(app: FastAPI, database: Database) -> World:
    """Acme with Alice (owner), Ada (admin), Bob (member), Vera (viewer); Charlie owns another organization."""
    made = World(new_id(), new_id())
    password = PASSWORD_HASH
    async with database.begin() as tx:
        for identifier, name in ((made.acme, "Acme"), (made.other, "Other")):
            await organizations.insert_one(tx, organization(identifier, name))
        people = [("alice", made.acme, "owner"), ("ada", made.acme, "admin"), ("bob", made.acme, "member")]
        people += [("vera", made.acme, "viewer"), ("charlie", made.other, "owner")]
        for name, belongs, role in people:
            person = await users.ensure(tx, user(name, "client"), password_hash=password)
            await users.insert_membership(tx, organization_id=belongs, user_id=person, role=role, now=NOW)
        await users.ensure(tx, user("stella", "staff"), password_hash=password)
        await users.ensure(tx, user("conrad", "contractor"), password_hash=password)
    return made


def organization(identifier: UUID, name: str) -> Organization:
    return Organization(
        id=identifier,
        name=name,
        billing_email=f"billing@{name.lower()}.example",
        currency="USD",
        time_zone="UTC",
        country="US",
        billing_mode="postpaid",
        legal_entity="main",
        created_at=NOW,
        updated_at=NOW,
    )


def user(name: str, kind: str) -> User:
    roles: dict[str, StaffRole] = {"staff": "admin", "contractor": "contractor"}
    return User(
        id=new_id(),
        email=f"{name}@example.com",
        name=name.capitalize(),
        kind="client" if kind == "client" else "staff",
        staff_role=roles.get(kind),
        created_at=NOW,
    )


def browser(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


async def signed_in(app: FastAPI, name: str) -> httpx.AsyncClient:
    client = browser(app)
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


async def with_key(
    app: FastAPI, *scopes: str, organization_id: UUID | None = None, project_id: UUID | None = None
) -> httpx.AsyncClient:
    key, secret = issue(
        organization_id=organization_id,
        project_id=project_id,
        name="test",
        environment="live",
        scopes=scopes,
        created_by="test",
        now=NOW,
    )
    async with app.state.database.begin() as tx:
        hashed = keyed_hash(secret, app.state.identities.pepper)
        await api_keys.insert_one(tx, key, key_hash=hashed)
    return browser(app, Authorization=f"Bearer {secret}")


@pytest.fixture
async def nobody(app: FastAPI) -> httpx.AsyncClient:
    return browser(app)


@pytest.fixture
async def staff_key(app: FastAPI) -> httpx.AsyncClient:
    return await with_key(app, "platform:all")


@pytest.fixture
async def alice(app: FastAPI, world: World) -> httpx.AsyncClient:
    return await signed_in(app, "alice")


@pytest.fixture
async def bob(app: FastAPI, world: World) -> httpx.AsyncClient:
    return await signed_in(app, "bob")


@pytest.fixture
async def charlie(app: FastAPI, world: World) -> httpx.AsyncClient:
    return await signed_in(app, "charlie")


@pytest.fixture
async def stella(app: FastAPI, world: World) -> httpx.AsyncClient:
    return await signed_in(app, "stella")


async def person(client: httpx.AsyncClient) -> str:
    """The shown id of whoever is signed in."""
    identifier: str = (await client.get("/v1/sessions/current")).json()["user_id"]
    return identifier


@pytest.fixture
async def held_back(world: World, database: Database) -> str:
    """Acme's invoice for October, not handed over: 2.50 for input, 0.25 for cached input, 4 for output, 10 % tax."""
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(
            text("insert into tax_rates values (:id, 'US', '', 'Sales tax', 100000, '2026-01-01', now())"),
            {"id": new_id()},
        )
    one_half = Line(world.acme, input_tokens=1_250_000, cached_input_tokens=250_000, output_tokens=250_000)
    other = Line(
        world.acme, id="r2", input_tokens=500_000, cached_input_tokens=250_000, output_tokens=250_000
    )
    await report(database, one_half, other)
    await close_month(database)
    return show("in", await one(database, "select id from invoices"))


@pytest.fixture
async def invoice(held_back: str, database: Database) -> str:
    """The same in Acme's hands."""
    await hand_over(database)
    return held_back
