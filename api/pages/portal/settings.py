"""The organization's settings: how it is described and billed, how its data is treated, what each role may do."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import billing_profiles, organization_settings, organizations
from api.pages.acts import done
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.security import HouseTransaction, Principal, Transaction, needs
from domain.organization_settings import PayloadRetention
from domain.places import COUNTRIES
from domain.roles import CLIENT_ROLES
from domain.scope_groups import role_groups

router = new_portal("/settings")
Writer = Annotated[Principal, Depends(needs("organizations:write"))]
_HOME = "/portal/settings"


class GeneralForm(BaseModel):
    """How the organization is described, as the form sends it."""

    name: str = Field(max_length=400)
    billing_email: str = Field(max_length=320)
    time_zone: str = Field(max_length=64)
    country: str = Field(max_length=16)


class ProfileForm(BaseModel):
    """What invoices say, as the form sends it: the address as lines of text."""

    legal_name: str = Field("", max_length=400)
    address: str = Field("", max_length=1300)
    region: str = Field("", max_length=20)
    tax_id: str = Field("", max_length=100)


class ComplianceForm(BaseModel):
    """How data is treated, as the form sends it."""

    payload_retention: PayloadRetention
    data_contact: str = Field("", max_length=320)


@router.get("", dependencies=[Depends(needs("organizations:read"))])
async def show_general(
    request: Request,
    tx: Transaction,
    organization_id: Mine,
    principal: Annotated[Principal, Depends(needs("invoices:read"))],
) -> Response:
    """How the organization is described and billed."""
    return page(
        request,
        "portal/settings/general.html",
        organization=await organizations.get(organization_id, tx),
        profile=await billing_profiles.get(organization_id, tx),
        may_write=principal.can("organizations:write"),
        countries=sorted(COUNTRIES),
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
    )


@router.post("")
async def change_general(
    form: Annotated[GeneralForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
    organization_id: Mine,
) -> Response:
    """Changes how the organization is described."""
    body = organizations.OrganizationChange(**form.model_dump())
    await organizations.change(organization_id, body, request, tx, principal)
    return done(request, _HOME, "Saved.")


@router.post("/billing-profile")
async def change_profile(
    form: Annotated[ProfileForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
    organization_id: Mine,
) -> Response:
    """Changes what the next invoice says."""
    facts: dict[str, Any] = form.model_dump(exclude={"address"})
    facts["address_lines"] = [line.strip() for line in form.address.splitlines() if line.strip()]
    body = billing_profiles.ProfileChange.model_validate(facts)
    await billing_profiles.change(organization_id, body, request, tx, principal)
    return done(request, _HOME, "Saved. Your next invoice carries it.")


@router.get("/compliance", dependencies=[Depends(needs("organizations:read"))])
async def show_compliance(request: Request, tx: Transaction, organization_id: Mine) -> Response:
    """What is stored, where, and by whom."""
    settings = await organization_settings.get(organization_id, request, tx)
    return page(request, "portal/settings/compliance.html", settings=settings)


@router.post("/compliance")
async def change_compliance(
    form: Annotated[ComplianceForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settings:write"))],
    organization_id: Mine,
) -> Response:
    """Decides what is stored."""
    body = organization_settings.SettingsChange(**form.model_dump())
    await organization_settings.change(organization_id, body, request, tx, principal)
    return done(request, f"{_HOME}/compliance", "Saved. It holds from the next request on.")


@router.get("/roles", dependencies=[Depends(needs("members:read"))])
async def show_roles(request: Request) -> Response:
    """What each role may do."""
    return page(request, "portal/settings/roles.html", roles=CLIENT_ROLES, groups=role_groups())
