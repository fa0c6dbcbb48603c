"""Client organizations: opened by staff, seen and described by themselves."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.routing import Once, new_router
from api.security import (
    HouseTransaction,
    OrganizationInPath,
    Principal,
    Transaction,
    actor_of,
    after_deletion,
    needs,
)
from api.standing import require_addressable
from db import audit, organizations
from db.engine import Tx
from domain.audit import Entry
from domain.ids import new_id, show
from domain.organization import BillingMode, Organization, OrganizationKind, OrganizationState, Plan

router = new_router(prefix="/v1/organizations", tag="organizations")


class NewOrganization(BaseModel):
    """A client to be opened."""

    name: str = Field(max_length=400, examples=["Acme Robotics"])
    billing_email: str = Field(max_length=320, examples=["billing@acme.example"])
    currency: str = Field(max_length=16, examples=["USD"], description="ISO 4217; cannot be changed later")
    time_zone: str = Field(max_length=64, examples=["America/New_York"], description="Decides its months")
    country: str = Field(max_length=16, examples=["US"])
    billing_mode: BillingMode
    plan: Plan = "free"


class OrganizationChange(BaseModel):
    """What may change; what is left out stays."""

    name: str | None = Field(None, max_length=400)
    billing_email: str | None = Field(None, max_length=320)
    time_zone: str | None = Field(None, max_length=64)
    country: str | None = Field(None, max_length=16)
    billing_mode: BillingMode | None = None
    plan: Plan | None = Field(None, description="Staff only, as is billing_mode")


class ShownOrganization(BaseModel):
    """A client organization."""

    id: str
    name: str
    billing_email: str
    currency: str
    time_zone: str
    country: str
    billing_mode: BillingMode
    state: OrganizationState
    legal_entity: str
    created_at: datetime
    updated_at: datetime
    kind: OrganizationKind
    plan: Plan
    suspended_reason: str = Field(description="Why its service is interrupted; empty while it is not")


def shown(organization: Organization) -> ShownOrganization:
    """The organization as the door shows it."""
    facts = {name: getattr(organization, name) for name in ShownOrganization.model_fields}
    return ShownOrganization.model_validate({**facts, "id": show("org", organization.id)})


@router.post("", status_code=201, dependencies=[Once])
async def create(
    body: NewOrganization,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("organizations:create"))],
) -> ShownOrganization:
    """Open an organization with its wallet and billing profile."""
    now = datetime.now(UTC)
    entity: str = request.app.state.settings.legal_entity.code
    fresh = Organization(
        id=new_id(), legal_entity=entity, created_at=now, updated_at=now, **body.model_dump()
    )
    organization = fresh.checked()
    await organizations.insert_one(tx, organization)
    await note(request, tx, principal, "organization.create", before=None, after=organization)
    return shown(organization)


@router.get("/{organization_id}", dependencies=[Depends(needs("organizations:read"))])
async def get(organization_id: OrganizationInPath, tx: Transaction) -> ShownOrganization:
    """One organization."""
    return shown(await organizations.get(tx, organization_id=organization_id))


@router.patch("/{organization_id}")
@after_deletion("where invoices go may be put right until the last one is settled")
async def change(
    organization_id: OrganizationInPath,
    body: OrganizationChange,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("organizations:write"))],
) -> ShownOrganization:
    """Change what describes an organization; only staff change plan and billing mode."""
    facts = body.model_dump(exclude_none=True)
    if facts.keys() & {"billing_mode", "plan"}:
        principal.require("organizations:create")
    before = await organizations.lock(tx, organization_id=organization_id)
    if any(getattr(before, name) != facts[name] for name in facts.keys() - {"billing_email"}):
        before.require_there()
    await require_addressable(tx, before)
    after = replace(before, **facts, updated_at=datetime.now(UTC)).checked()
    await organizations.save(tx, after)
    await note(request, tx, principal, "organization.change", before=before, after=after)
    return shown(after)


async def note(
    request: Request,
    tx: Tx,
    principal: Principal,
    action: str,
    *,
    before: Organization | None,
    after: Organization,
    reason: str = "",
) -> None:
    """Writes to the audit log what of an organization changed."""
    old, new = (asdict(before) if before else {}), asdict(after)
    changed = [name for name in new if old.get(name) != new[name] and name != "updated_at"]
    entry = Entry(
        action,
        "organization",
        show("org", after.id),
        after.id,
        {name: old[name] for name in changed} if before else None,
        {name: new[name] for name in changed} | ({"reason": reason} if reason else {}),
    )
    await audit.append(tx, [entry], actor=actor_of(request, principal))
