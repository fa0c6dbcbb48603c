"""Every JSON door that changes something, asked validly by somebody who may: fresh things, fresh names, real answers.

`Walk.ask` prepares a request in the words of tests/api/walk_table.py. Names and things are new each time, so that
the same door can be asked again, or several times at the same moment.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db import users
from db.engine import Database
from domain.ids import new_id, show
from tests import owed
from tests.api.conftest import NOW, PASSWORD_HASH, World, browser, signed_in, user
from tests.api.letters import letters_to, token_to
from tests.world import an_organization

ORGANIZATION = "/v1/organizations/{organization_id}"
REASON = {"reason": "because it is so"}
Body = dict[str, Any] | None
Told = Body | Callable[["Walk"], Body | Awaitable[Body]]
_MAIL = """
insert into mails (id, key, organization_id, kind, recipient, subject, text, html, state, due_at, created_at)
values (:id, :key, :organization, 'receipt', 'alice@example.com', 's', 't', 'h', 'sent', now(), now())"""
_WEBHOOK = """
insert into webhooks (id, source, event_id, kind, object_id, body, state, attempts, last_error, occurred_at,
  received_at, due_at) values (:id, 'stripe', :key, 'customer.created', 'cus_1', '{}', 'parked', 1, 'x', now(), now(), now())"""
_INTENT = """
insert into intents (id, key, kind, workflow, workflow_id, name, payload, created_at, due_at, parked_at)
values (:id, :key, 'update', 'BillingRun', 'run', 'pause', '{}', now(), now(), now())"""
# Rows that no door makes at once, and the prefix of their ids.
_ROWS = {"mail_id": (_MAIL, "mail"), "webhook_id": (_WEBHOOK, "evt"), "intent_id": (_INTENT, "int")}

# What a path names is made anew, except where the body's steps make it.
MADE = {
    "user_id",
    "invoice_id",
    "mail_id",
    "webhook_id",
    "intent_id",
    "project_id",
    "milestone_id",
    "department_id",
    "key_id",
    "invite_id",
    "domain_id",
    "hold_id",
    "charge_id",
    "credential_id",
}


@dataclass(frozen=True)
class Ask:
    """A request that is ready to be sent, also more than once."""

    client: httpx.AsyncClient
    method: str
    path: str
    body: Body

    async def send(self) -> httpx.Response:
        return await self.client.request(self.method, self.path, json=self.body)


@dataclass
class Walk:
    """Acme and who acts there; `ids` are the things of the door that is asked next, `secrets` what was sent or shown."""

    app: FastAPI
    world: World
    people: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    number: int = 0
    somebody: str = ""
    issuer: str = ""
    asking: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)

    @property
    def email(self) -> str:
        """The address of the newest person."""
        return f"{self.somebody}@example.com"

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def name(self, of: str = "thing") -> str:
        """A name that nothing has."""
        self.number += 1
        return f"{of}{self.number}"

    def secret(self, value: str) -> str:
        """Remembers what must never stand in the log."""
        self.secrets.add(value)
        return value

    async def by(self, name: str) -> httpx.AsyncClient:
        """The browser of somebody; `somebody` is a new member of Acme each time, `guest` is nobody."""
        if name == "guest":
            return browser(self.app)
        if name == "somebody":
            return await signed_in(self.app, await self.person())
        if name not in self.people:
            self.people[name] = await signed_in(self.app, name)
        return self.people[name]

    async def person(self, kind: str = "client") -> str:
        """A new person, a client's a member of Acme; their name, and their id among the things."""
        name = self.somebody = self.name("person")
        async with self.database.begin() as tx:
            person = await users.ensure(tx, user(name, kind), password_hash=PASSWORD_HASH)
            if kind == "client":
                where = {"organization_id": self.world.acme, "user_id": person}
                await users.insert_membership(tx, **where, role="member", now=NOW)
        self.ids["user_id"] = show("usr", person)
        return name

    async def ask(self, door: str, who: str, told: Told) -> Ask:
        """The request of a door like `POST /v1/projects/{project_id}/status`."""
        method, path = door.split()
        self.ids = {"organization_id": show("org", self.world.acme)}
        self.asking = client = await self.by(who)
        for name in re.findall(r"{([a-z_]+)}", path):
            if name not in self.ids and name in MADE:
                await self.things(name)
        body = told(self) if callable(told) else told
        body = await body if isinstance(body, Awaitable) else body
        return Ask(client, method, re.sub(r"{([a-z_]+)}", lambda found: self.ids[found[1]], path), body)

    async def things(self, name: str) -> None:
        """A new thing of the kind that a path names."""
        if name == "user_id":
            await self.person()
        elif name == "invoice_id":
            owing = await owed.invoice(self.database, organization_id=await self.organization())
            self.ids[name] = owing.shown
        elif name in _ROWS:
            await self.row(name)
        else:
            await self.door_made(name)

    async def row(self, name: str) -> None:
        """A row that no door makes at once."""
        fresh = new_id()
        statement, prefix = _ROWS[name]
        facts = {"id": fresh, "key": str(fresh)}
        if name == "mail_id":
            facts["organization"] = self.world.acme
        async with self.database.begin() as tx:
            await tx.execute(text(statement), facts)
        self.ids[name] = show(prefix, fresh)

    async def door_made(self, name: str) -> None:
        """A thing made by the door that makes its kind."""
        here, fresh = self.world.acme_path, self.name()
        project = self.ids.get("project_id", "")
        who, path, body = {
            "project_id": ("alice", f"{here}/projects", {"name": fresh}),
            "milestone_id": ("alice", f"/v1/projects/{project}/milestones", {"name": fresh}),
            "department_id": ("alice", f"{here}/departments", {"name": fresh}),
            "key_id": (
                "alice",
                f"{here}/api-keys",
                {"name": fresh, "environment": "live", "scopes": ["usage:read"]},
            ),
            "invite_id": (
                "alice",
                f"{here}/invites",
                {"email": f"{fresh}@example.com", "role": "member"},
            ),
            "domain_id": ("alice", f"{here}/domains", {"name": f"{fresh}.example"}),
            "hold_id": ("stella", f"{here}/holds", {"reason": "a lawsuit"}),
            "credential_id": (
                "alice",
                f"{here}/provider-credentials",
                {
                    "provider": "openai_compatible",
                    "base_url": "http://127.0.0.1:9/v1",
                    "name": fresh,
                    "secret": "sk-none-of-it",
                },
            ),
            "charge_id": ("stella", f"{here}/recurring-charges", CHARGE),
        }[name]
        await self.made(name, who, path, body)

    async def made(self, name: str, who: str, path: str, body: Body = None) -> dict[str, Any]:
        """Makes one by its door and remembers it."""
        answer = await (await self.by(who)).post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        facts: dict[str, Any] = answer.json()
        if "secret" in facts:
            self.secret(facts["secret"])
        self.ids[name] = facts["id"]
        return facts

    async def organization(self) -> UUID:
        """An organization of its own, for what happens to one only once."""
        return await an_organization(self.database, name="Alice & Co")

    async def token(self, email: str, kind: str) -> str:
        """The token of the newest letter of a kind."""
        return self.secret(await token_to(self.app, email, kind))

    async def invite_token(self, email: str) -> str:
        """The token of the newest invitation."""
        letter = (await letters_to(self.app, email))[0]
        link = next(word for word in letter.text.split() if "/invite/" in word)
        return self.secret(link.rpartition("/")[2])


CHARGE = {
    "description": "GPU",
    "monthly_amount": "10.00",
    "starts_on": "2026-11-01",
    "kind": "infrastructure",
}
