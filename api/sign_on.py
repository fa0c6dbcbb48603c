"""An organization's own sign-on service: set up, tried, required, lifted, removed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.account_letters import public_url
from api.recent import Recent
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
from api.sign_on_providers import asked, changed, discovered, existing
from api.sign_on_shapes import Finding, Setup, ShownSignOn, Tried, shown
from db import audit, email_domains, organizations, sign_on, sign_on_identities
from db.engine import Tx
from domain.audit import Entry
from domain.errors import WrongState
from domain.ids import show
from domain.sign_on import Provider, require_enforceable

router = new_router(prefix="/v1/organizations/{organization_id}/sign-on", tag="single sign-on")
Keeper = Annotated[Principal, Depends(needs("sign-on:write"))]


@router.get("", dependencies=[Depends(needs("sign-on:write"))])
async def get(organization_id: OrganizationInPath, request: Request, tx: HouseTransaction) -> ShownSignOn:
    """How an organization's people sign in."""
    await organizations.get(tx, organization_id=organization_id)
    return await _shown(tx, request, organization_id)


@router.put("", dependencies=[Recent])
async def set_up(
    organization_id: OrganizationInPath, body: Setup, request: Request, by: Keeper
) -> ShownSignOn:
    """Set the provider up; it is asked what it can do before anything is kept."""
    endpoints = await discovered(request, body.issuer)
    async with writing(request) as tx:
        await organizations.lock(tx, organization_id=organization_id)
        before = await sign_on.lock(tx, organization_id=organization_id)
        proven = await email_domains.list_proven(tx, organization_id=organization_id)
        after = changed(request, organization_id, body, endpoints, before, proven)
        await sign_on.save(tx, after)
        await _note(tx, request, by, "sign_on.set_up", before, after)
        return await _shown(tx, request, organization_id)


@router.post("/test", dependencies=[Depends(needs("sign-on:write"))])
async def try_out(organization_id: OrganizationInPath, request: Request) -> Tried:
    """Ask the provider again, and say what is still missing before people can come in through it."""
    async with database_of(request).begin() as tx:
        provider = existing(await sign_on.find(tx, organization_id=organization_id))
        proven = await email_domains.list_proven(tx, organization_id=organization_id)
        owners = await sign_on_identities.count_owners(tx, provider=provider)
    findings = await asked(request, provider)
    names = ", ".join(sorted(proven)) or "prove one below: without it nobody is let in"
    findings.append(Finding(what="A domain is proven", good=bool(proven), detail=names))
    came = f"{owners} of them" if owners else "sign in through it once; it cannot be required before"
    findings.append(Finding(what="An owner has signed in through it", good=owners > 0, detail=came))
    return Tried(good=all(finding.good for finding in findings), findings=findings)


@router.post("/enforce", dependencies=[Recent, HouseOnce])
async def enforce(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownSignOn:
    """Let the organization's people in through its provider only, and end the sessions that began another way.

    Owners who have set up a second factor can still use their password and that factor, or a passkey.
    """
    provider = existing(await sign_on.lock(tx, organization_id=organization_id))
    proven = await email_domains.list_proven(tx, organization_id=organization_id)
    owners = await sign_on_identities.count_owners(tx, provider=provider)
    require_enforceable(provider, owners_signed_in=owners, proven=proven)
    now = datetime.now(UTC)
    await sign_on.enforce(tx, organization_id=organization_id, enforced=True, now=now)
    await sign_on.end_other_sessions(tx, organization_id=organization_id, but=by.session, now=now)
    await _note(tx, request, by, "sign_on.enforce", provider, replace(provider, enforced=True))
    return await _shown(tx, request, organization_id)


@router.post("/lift", dependencies=[Recent, HouseOnce])
async def lift(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownSignOn:
    """Let the organization's people in by password and passkey again."""
    provider = existing(await sign_on.lock(tx, organization_id=organization_id))
    if not provider.enforced:
        raise WrongState("Single sign-on is not required")
    await sign_on.enforce(tx, organization_id=organization_id, enforced=False, now=datetime.now(UTC))
    await _note(tx, request, by, "sign_on.lift", provider, replace(provider, enforced=False))
    return await _shown(tx, request, organization_id)


@router.delete("", status_code=204, dependencies=[Recent])
async def remove(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction, by: Keeper
) -> None:
    """Remove the provider; people sign in by password or passkey, and set one by a letter if they have none."""
    provider = existing(await sign_on.lock(tx, organization_id=organization_id))
    await sign_on_identities.forget(tx, organization_id=organization_id)
    await sign_on.remove(tx, organization_id=organization_id)
    await _note(tx, request, by, "sign_on.remove", provider, None)


def redirect_uri(request: Request) -> str:
    """Where providers send browsers back to."""
    return f"{public_url(request)}/sign-on/callback"


async def _shown(tx: Tx, request: Request, organization_id: UUID) -> ShownSignOn:
    """The setup as it is now."""
    provider = await sign_on.find(tx, organization_id=organization_id)
    proven = await email_domains.list_proven(tx, organization_id=organization_id)
    owners = await sign_on_identities.count_owners(tx, provider=provider) if provider else 0
    return shown(provider, redirect_uri=redirect_uri(request), proven=proven, owners=owners)


async def _note(
    tx: Tx, request: Request, by: Principal, action: str, before: Provider | None, after: Provider | None
) -> None:
    """Writes the act to the audit log, without the secret."""
    known = after or before
    if known is None:
        return
    old, new = _facts(before), _facts(after)
    if before and after and before.sealed_secret != after.sealed_secret:
        new = {**(new or {}), "client_secret": "changed"}
    target = show("idp", known.id)
    entry = Entry(action, "identity_provider", target, known.organization_id, old, new)
    await audit.append(tx, [entry], actor=actor_of(request, by))


def _facts(provider: Provider | None) -> dict[str, object] | None:
    """What the audit log keeps of a provider."""
    if provider is None:
        return None
    names = ("client_id", "default_role", "allowed_domains", "enforced")
    return {"issuer": provider.endpoints.issuer, **{name: getattr(provider, name) for name in names}}
