"""What an organization has: one of each thing, made through the doors where they make it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db.engine import Database
from domain.ids import new_id, show
from tests import owed
from tests.api.conftest import World, signed_in, with_key

_MAIL = """
insert into mails (id, key, organization_id, kind, recipient, subject, text, html, due_at, created_at)
values (:id, :key, :organization, 'receipt', 'alice@example.com', 's', 't', 'h', now(), now())"""


@dataclass
class Things:
    """Shown identifiers by the name they have in paths."""

    ids: dict[str, str] = field(default_factory=dict)

    async def made(self, name: str, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
        """Makes one by its door and remembers it."""
        answer = await client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        self.ids[name] = next(
            value for key, value in answer.json().items() if key in {"id", f"{name.removesuffix('_id')}_id"}
        )
        return self.ids[name]


async def things_of_acme(app: FastAPI, world: World) -> Things:
    """Acme with one of each: what Charlie must neither find nor change."""
    found, alice, stella = Things(), await signed_in(app, "alice"), await signed_in(app, "stella")
    found.ids["organization_id"] = show("org", world.acme)
    here = world.acme_path
    project = await found.made("project_id", alice, f"{here}/projects", {"name": "Robots"})
    milestone = {"name": "First", "due_on": "2026-12-01"}
    await found.made("milestone_id", alice, f"/v1/projects/{project}/milestones", milestone)
    await found.made("department_id", alice, f"{here}/departments", {"name": "Research"})
    key = {"name": "gateway", "environment": "live", "scopes": ["usage:read"]}
    await found.made("key_id", alice, f"{here}/api-keys", key)
    await found.made("invite_id", alice, f"{here}/invites", {"email": "new@example.com", "role": "member"})
    await found.made("domain_id", alice, f"{here}/domains", {"name": "acme.example"})
    nowhere = {
        "provider": "openai_compatible",
        "base_url": "http://127.0.0.1:9/v1",
        "secret": "sk-of-acme-alone",
    }
    await found.made("credential_id", alice, f"{here}/provider-credentials", {"name": "Own", **nowhere})
    charge = {
        "description": "GPU",
        "monthly_amount": "10.00",
        "starts_on": "2026-11-01",
        "kind": "infrastructure",
    }
    await found.made("charge_id", stella, f"{here}/recurring-charges", charge)
    await _kept(app.state.database, world.acme, found)
    await _used(app, world, found)
    return found


async def _kept(database: Database, organization_id: UUID, found: Things) -> None:
    """An invoice and a mail, which no door makes at once."""
    invoice = await owed.invoice(database, organization_id=organization_id)
    mail = new_id()
    async with database.begin() as tx:
        await tx.execute(text(_MAIL), {"id": mail, "key": str(mail), "organization": organization_id})
    found.ids |= {"invoice_id": invoice.shown, "mail_id": show("mail", mail)}


async def _used(app: FastAPI, world: World, found: Things) -> None:
    """A request that a gateway reported, and the people of Acme."""
    gateway = await with_key(app, "usage:write", organization_id=world.acme)
    record = {
        "id": "acme-1",
        "organization_id": show("org", world.acme),
        "occurred_at": datetime.now(UTC).isoformat(),
        "provider": "openai",
        "model": "gpt-5",
        "input_tokens": 10,
        "output_tokens": 10,
    }
    answer = await gateway.post("/v1/usage", json=[record])
    assert answer.status_code == 200, answer.text
    bob = (await (await signed_in(app, "bob")).get("/v1/sessions/current")).json()
    sessions = await (await signed_in(app, "alice")).get("/v1/sessions")
    found.ids |= {
        "record_id": "acme-1",
        "user_id": bob["user_id"],
        "session_id": sessions.json()["items"][0]["id"],
    }
