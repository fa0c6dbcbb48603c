"""Billing profiles: what is printed on invoices, taxes, discount, and how an organization pays."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.routing import new_router
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
from db import audit, billing_profiles, organizations
from domain.audit import Entry
from domain.billing_profile import BillingProfile
from domain.ids import show
from domain.payment_profile import CollectionMethod
from domain.tax import read_percent, show_percent

router = new_router(prefix="/v1/organizations/{organization_id}/billing-profile", tag="billing profiles")
# What decides money or tax is agreed with us; a client may only say who and where it is.
_AGREED = frozenset({"tax_exempt", "discount_ppm", "collection_method"})


class ShownProfile(BaseModel):
    """How an organization is billed; `discount` in percent."""

    organization_id: str
    legal_name: str
    address_lines: list[str]
    region: str
    tax_id: str
    tax_exempt: bool
    discount: str
    collection_method: CollectionMethod


class ProfileChange(BaseModel):
    """What may change; what is left out stays."""

    legal_name: str | None = Field(None, max_length=400)
    address_lines: list[str] | None = Field(None, max_length=6)
    region: str | None = Field(None, max_length=20, examples=["NY"])
    tax_id: str | None = Field(None, max_length=100)
    tax_exempt: bool | None = None
    discount: str | None = Field(None, max_length=20, examples=["10"], description="Percent of what is due")
    collection_method: CollectionMethod | None = None


def shown(profile: BillingProfile) -> ShownProfile:
    """The profile as the door shows it."""
    same = ("legal_name", "region", "tax_id", "tax_exempt", "collection_method")
    return ShownProfile(
        **{name: getattr(profile, name) for name in same},
        organization_id=show("org", profile.organization_id),
        address_lines=list(profile.address_lines),
        discount=show_percent(profile.discount_ppm),
    )


@router.get("", dependencies=[Depends(needs("invoices:read"))])
async def get(organization_id: OrganizationInPath, tx: Transaction) -> ShownProfile:
    """The profile that the next invoice will carry."""
    await organizations.get(tx, organization_id=organization_id)
    return shown(await billing_profiles.get(tx, organization_id=organization_id))


@router.patch("")
@after_deletion("where invoices go may be put right until the last one is settled")
async def change(
    organization_id: OrganizationInPath,
    body: ProfileChange,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("organizations:write"))],
) -> ShownProfile:
    """Change the profile; only staff change taxes, discount and the way of paying."""
    await require_addressable(tx, await organizations.lock(tx, organization_id=organization_id))
    before = await billing_profiles.get(tx, organization_id=organization_id)
    after = BillingProfile(**_facts(before) | _changes(body)).checked()
    if any(getattr(before, name) != getattr(after, name) for name in _AGREED):
        principal.require("billing:write")
    await billing_profiles.save(tx, after, now=datetime.now(UTC))
    facts = shown(before).model_dump(), shown(after).model_dump()
    entry = Entry(
        "billing_profile.change", "organization", show("org", organization_id), organization_id, *facts
    )
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return shown(after)


def _facts(profile: BillingProfile) -> dict[str, Any]:
    return {name: getattr(profile, name) for name in BillingProfile.__dataclass_fields__}


def _changes(body: ProfileChange) -> dict[str, Any]:
    facts = body.model_dump(exclude_none=True)
    if "discount" in facts:
        facts["discount_ppm"] = read_percent(facts.pop("discount"), field="discount")
    if "address_lines" in facts:
        facts["address_lines"] = tuple(facts["address_lines"])
    return facts
