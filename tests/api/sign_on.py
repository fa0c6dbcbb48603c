"""What tests of single sign-on share: an organization with a provider, and a person who goes there and comes back."""

import re
import time
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from db import email_domains
from db.engine import Database
from domain.email_domain import EmailDomain
from domain.ids import new_id
from tests.api.conftest import NOW, World, browser
from tests.identity_provider import IdentityProvider

_REQUIRED = """insert into identity_providers (organization_id, id, issuer, client_id, sealed_secret,
  authorization_endpoint, token_endpoint, keys_endpoint, secret_in_body, names_issuer, default_role, enforced,
  created_at, updated_at)
values (:organization_id, :id, :nowhere, 'backoffice', :secret, :nowhere, :nowhere, :nowhere, false, false, 'member',
  true, :now, :now)"""
SETUP = {"client_id": "backoffice", "client_secret": "kept to ourselves"}


async def proven(database: Database, organization_id: UUID, name: str) -> UUID:
    """The organization has proven the domain."""
    domain = EmailDomain(
        id=new_id(), organization_id=organization_id, name=name, record=f"r-{name}", created_at=NOW
    )
    async with database.begin() as tx:
        await email_domains.insert_one(tx, domain)
        await email_domains.prove(tx, domain=domain, by="dns", now=NOW)
    return domain.id


async def required(database: Database, organization_id: UUID) -> None:
    """The organization lets its people in through a provider only, which nobody reaches."""
    facts = {"organization_id": organization_id, "id": new_id(), "secret": "sealed", "now": NOW}
    facts["nowhere"] = "https://nowhere.example"
    async with database.begin() as tx:
        await tx.execute(text(_REQUIRED), facts)


async def set_up(
    owner: httpx.AsyncClient, world: World, provider: IdentityProvider, **changes: object
) -> httpx.Response:
    """The owner sets the provider up."""
    body = {**SETUP, "issuer": provider.issuer, **changes}
    return await owner.put(f"{world.acme_path}/sign-on", json=body)


async def leave(client: httpx.AsyncClient, email: str, back_to: str = "/portal") -> str:
    """The browser asks for single sign-on; where it is led."""
    form = await client.get("/sign-on", params={"next": back_to})
    token = re.search(r'name="form_token" value="([^"]+)"', form.text)
    assert token is not None
    body = {"email": email, "next": back_to, "form_token": token[1]}
    answer = await client.post("/sign-on", data=body)
    return answer.headers.get("refresh", "").partition("url=")[2]


async def return_to(client: httpx.AsyncClient, back: str) -> httpx.Response:
    """The browser comes back."""
    return await client.get(httpx.URL(back).raw_path.decode())


async def sign_on(
    app: FastAPI, provider: IdentityProvider, subject: str, *, client: httpx.AsyncClient | None = None
) -> tuple[httpx.AsyncClient, httpx.Response]:
    """Somebody goes to the provider and comes back; their browser, and what it is answered."""
    client = browser(app) if client is None else client
    location = await leave(client, f"{subject}@example.com")
    assert location, "there is no way to a provider"
    answer = await return_to(client, provider.lets_in(location, subject))
    if answer.status_code == 303:
        client.headers["X-CSRF-Token"] = (await client.get("/v1/sessions/current")).json()["csrf_token"]
    return client, answer


def long_ago() -> int:
    """An hour ago, in seconds since 1970."""
    return int(time.time()) - 3600
