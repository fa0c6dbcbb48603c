"""Domains that an organization proves to be its own: by DNS, or by a letter to whoever looks after them."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.email_domain_letters import write_to
from api.guessing import address_of, within
from api.paging import Whole
from api.recent import Recent
from api.request_id import request_id_of
from api.routing import HouseOnce, new_router
from api.security import (
    HouseTransaction,
    OrganizationInPath,
    Principal,
    actor_of,
    database_of,
    needs,
    writing,
)
from db import audit, email_domains, organizations, sign_on
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.email_domain import MAIL_LASTS, MOST_DOMAINS, EmailDomain, Mailbox, Proof, domain_spelled
from domain.errors import Conflict, WrongState
from domain.guessing import ADDRESS, LETTERS, TooManyAttempts
from domain.ids import new_id, read, show
from domain.user import new_token, token_hash
from gateways.dns import Dns

router = new_router(prefix="/v1", tag="single sign-on")
Keeper = Annotated[Principal, Depends(needs("sign-on:write"))]


class NewDomain(BaseModel):
    """A domain to be proven."""

    name: str = Field(max_length=300, examples=["acme.example"])


class AskedMailbox(BaseModel):
    """Whom to ask by mail."""

    mailbox: Mailbox = "postmaster"


class ShownDomain(BaseModel):
    """A domain; `record` is the TXT record that proves it, `proven_at` is set once it is proven."""

    id: str
    organization_id: str
    name: str
    record: str
    mail_sent_to: str
    mail_expires_at: datetime | None
    proven_at: datetime | None
    proven_by: Proof | None
    created_at: datetime


class Domains(Whole[ShownDomain]):
    """An organization's domains, by name."""


@router.get("/organizations/{organization_id}/domains", dependencies=[Depends(needs("sign-on:write"))])
async def list_all(organization_id: OrganizationInPath, tx: HouseTransaction) -> Domains:
    """An organization's domains."""
    found = await email_domains.list_of(tx, organization_id=organization_id)
    return Domains(items=[shown(domain) for domain in found])


@router.post("/organizations/{organization_id}/domains", status_code=201, dependencies=[HouseOnce])
async def name_domain(
    organization_id: OrganizationInPath, body: NewDomain, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownDomain:
    """Name a domain; the answer says which TXT record proves it."""
    await organizations.lock(tx, organization_id=organization_id)
    if len(await email_domains.list_of(tx, organization_id=organization_id)) >= MOST_DOMAINS:
        raise Conflict(f"There are {MOST_DOMAINS} domains already; remove one first")
    fresh = EmailDomain(
        id=new_id(),
        organization_id=organization_id,
        name=domain_spelled(body.name),
        record=secrets.token_urlsafe(24),
        created_at=datetime.now(UTC),
    )
    await email_domains.insert_one(tx, fresh)
    await _note(tx, request, by, "domain.name", fresh, {"name": fresh.name})
    return shown(fresh)


@router.post("/domains/{domain_id}/check")
async def check(domain_id: str, request: Request, by: Keeper) -> ShownDomain:
    """Look for the TXT record now, and take the domain as proven when it is there; a proven one stays so."""
    async with database_of(request).begin() as tx:
        known = await _own(tx, by, domain_id)
    if known.proven_at is not None:
        return shown(known)
    names: Dns = request.app.state.dns
    if not known.proven_among(await names.texts(known.name)):
        raise WrongState(
            f"{known.name} has no TXT record {known.text} yet; new records take up to an hour to be seen"
        )
    async with writing(request) as tx:
        await email_domains.prove(tx, domain=await _own(tx, by, domain_id), by="dns", now=datetime.now(UTC))
        await _note(tx, request, by, "domain.prove", known, {"name": known.name, "by": "dns"})
        return shown(await email_domains.get(tx, domain_id=known.id))


@router.post("/domains/{domain_id}/mail", dependencies=[HouseOnce])
async def ask_by_mail(
    domain_id: str, body: AskedMailbox, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownDomain:
    """Write to whoever looks after the domain; the letter's link proves it within a day."""
    known, now, token = await _own(tx, by, domain_id), datetime.now(UTC), new_token()
    if known.proven_at is not None:
        raise WrongState(f"{known.name} is proven already")
    address, ends = f"{body.mailbox}@{known.name}", now + MAIL_LASTS
    await _require_patience(tx, request, known, address)
    await email_domains.note_mail(
        tx, domain_id=known.id, token_hash=token_hash(token), sent_to=address, expires_at=ends
    )
    await write_to(tx, request, known, asked_by=by.name, address=address, token=token, ends=ends)
    await _note(tx, request, by, "domain.ask_by_mail", known, {"name": known.name, "to": address})
    return shown(await email_domains.get(tx, domain_id=known.id))


@router.delete("/domains/{domain_id}", status_code=204, dependencies=[Recent])
async def remove(domain_id: str, request: Request, tx: HouseTransaction, by: Keeper) -> None:
    """Remove a domain; people with addresses there no longer sign in by single sign-on for the first time."""
    known = await _own(tx, by, domain_id)
    provider = await sign_on.lock(tx, organization_id=known.organization_id)
    proven = await email_domains.list_proven(tx, organization_id=known.organization_id)
    if provider is not None and provider.enforced and proven == {known.name}:
        raise WrongState("Single sign-on is required and this is its only domain; lift the requirement first")
    await email_domains.remove(tx, domain_id=known.id)
    await _note(tx, request, by, "domain.remove", known, None)


async def find_asked(tx: Tx, token: str) -> tuple[EmailDomain, str] | None:
    """The domain that a letter's link proves, and its organization's name, while the link works."""
    found = await email_domains.find_by_mail(tx, token_hash=token_hash(token), now=datetime.now(UTC))
    if found is None:
        return None
    organization = await organizations.get(tx, organization_id=found.organization_id)
    return found, organization.name


async def confirm(tx: Tx, request: Request, domain: EmailDomain) -> None:
    """The reader of the letter confirms the domain."""
    await email_domains.prove(tx, domain=domain, by="mail", now=datetime.now(UTC))
    reader = Actor("system", "letter", domain.mail_sent_to, address_of(request), request_id_of(request.scope))
    await audit.append(
        tx, [_entry("domain.prove", domain, {"name": domain.name, "by": "mail"})], actor=reader
    )


def shown(domain: EmailDomain) -> ShownDomain:
    """A domain as the door shows it."""
    facts = {name: getattr(domain, name) for name in ShownDomain.model_fields}
    ids = {"id": show("dom", domain.id), "organization_id": show("org", domain.organization_id)}
    return ShownDomain.model_validate({**facts, **ids, "record": domain.text})


async def _own(tx: Tx, by: Principal, domain_id: str) -> EmailDomain:
    """The domain of the path, if it exists for the caller."""
    known = await email_domains.get(tx, domain_id=read("dom", domain_id))
    by.require_organization(known.organization_id)
    return known


async def _require_patience(tx: Tx, request: Request, known: EmailDomain, address: str) -> None:
    """Refuses to write to a stranger's mailbox again and again, or to many of them.

    Raises:
        TooManyAttempts: wait.
    """
    asker = known.organization_id.hex
    calm = await within(tx, request, purpose="domain letters to", who=address, patience=LETTERS)
    calm &= await within(tx, request, purpose="domain letters of", who=asker, patience=ADDRESS)
    if not calm:
        raise TooManyAttempts("Asked by mail too often; wait a while, or prove the domain by its DNS record")


async def _note(
    tx: Tx, request: Request, by: Principal, action: str, domain: EmailDomain, after: dict[str, str] | None
) -> None:
    """Writes the act to the audit log."""
    before = None if action == "domain.name" else {"name": domain.name}
    await audit.append(tx, [_entry(action, domain, after, before)], actor=actor_of(request, by))


def _entry(
    action: str, domain: EmailDomain, after: dict[str, str] | None, before: dict[str, str] | None = None
) -> Entry:
    """What was done to a domain."""
    return Entry(action, "domain", show("dom", domain.id), domain.organization_id, before, after)
