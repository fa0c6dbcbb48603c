"""Client organizations: found, opened, described, suspended."""

from datetime import UTC, datetime
from typing import Annotated, Any, get_args
from zoneinfo import available_timezones

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import analytics, billing_profiles, organization_list, organizations, suspensions, wallets
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, after_deletion, needs
from db import account_windows
from domain.analytics import Scope
from domain.ids import show
from domain.organization import Plan
from domain.places import COUNTRIES, CURRENCIES
from domain.window import window_named

router = new_pages("/organizations")
Writer = Annotated[Principal, Depends(needs("organizations:write"))]
_COMMON = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD")


class ProfileForm(BaseModel):
    """A billing profile as its form sends it: the address line by line."""

    legal_name: str = Field("", max_length=400)
    address: str = Field("", max_length=1000)
    region: str = Field("", max_length=20)
    tax_id: str = Field("", max_length=100)
    tax_exempt: bool = False
    discount: str = Field("0", max_length=20)
    collection_method: str = "card"


@router.get("")
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    order: organization_list.Asked,
    filters: organization_list.Chosen,
    principal: Annotated[Principal, Depends(needs("organizations:read"))],
) -> Response:
    """Organizations with what they hold, spend and owe."""
    found = await organization_list.list_all(tx, pages, principal, order, filters)
    return page(
        request, "organizations/list.html", rows=found.items, next_cursor=found.next_cursor, order=order
    )


@router.get("/new", dependencies=[Depends(needs("organizations:create"))])
async def show_new(request: Request) -> Response:
    """The form that opens an organization."""
    return page(request, "organizations/new.html", **_choices())


@router.post("", dependencies=[OncePerForm])
async def create(
    body: Annotated[organizations.NewOrganization, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("organizations:create"))],
) -> Response:
    """Opens an organization."""
    made = await organizations.create(body, request, tx, principal)
    return done(
        request,
        f"/console/organizations/{made.id}/people?role=owner",
        f"{made.name} is open. Now invite its first manager.",
    )


@router.get("/{organization_id}")
async def show_one(
    organization_id: OrganizationInPath,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("usage:read"))],
) -> Response:
    """One organization: who it is, what it holds, what it used."""
    window = window_named("30d", datetime.now(UTC))
    scope = Scope(organization_id=organization_id)
    return page(
        request,
        "organizations/one.html",
        organization=await organizations.get(organization_id, tx),
        tab="overview",
        account=await account_windows.find(tx, since=window.since, organization_id=organization_id),
        wallet=await wallets.get_wallet(organization_id, tx),
        profile=await billing_profiles.get(organization_id, tx),
        found=await analytics.overview(principal, scope, window, tx),
        points=(await analytics.series(principal, scope, window, tx)).points,
        models=(await analytics.breakdown("models", principal, scope, window, tx, "cost", 8)).items,
    )


@router.get("/{organization_id}/edit", dependencies=[Depends(needs("organizations:write"))])
async def show_edit(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> Response:
    """The forms that change how an organization is described and billed."""
    return page(
        request,
        "organizations/edit.html",
        organization=await organizations.get(organization_id, tx),
        profile=await billing_profiles.get(organization_id, tx),
        tab="edit",
        **_choices(),
    )


@router.post("/{organization_id}")
@after_deletion("where invoices go may be put right until the last one is settled")
async def change(
    organization_id: OrganizationInPath,
    body: Annotated[organizations.OrganizationChange, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Changes the description."""
    after = await organizations.change(organization_id, body, request, tx, principal)
    return done(request, f"/console/organizations/{after.id}", "The organization is changed.")


@router.post("/{organization_id}/billing-profile")
@after_deletion("where invoices go may be put right until the last one is settled")
async def change_profile(
    organization_id: OrganizationInPath,
    form: Annotated[ProfileForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Changes what the next invoice says."""
    facts: dict[str, Any] = form.model_dump(exclude={"address"})
    facts["address_lines"] = [line.strip() for line in form.address.splitlines() if line.strip()]
    body = billing_profiles.ProfileChange.model_validate(facts)
    await billing_profiles.change(organization_id, body, request, tx, principal)
    return done(
        request, _path(organization_id), "The billing profile is changed; the next invoice carries it."
    )


@router.post("/{organization_id}/suspend", dependencies=[OncePerForm])
async def suspend(
    organization_id: OrganizationInPath,
    body: Annotated[suspensions.Reason, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("organizations:suspend"))],
) -> Response:
    """Suspends an organization."""
    after = await suspensions.suspend(organization_id, body, request, tx, principal)
    return done(request, _path(organization_id), f"{after.name} is suspended.", tone="warning")


@router.post("/{organization_id}/unsuspend", dependencies=[OncePerForm])
async def unsuspend(
    organization_id: OrganizationInPath,
    body: Annotated[suspensions.Reason, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("organizations:suspend"))],
) -> Response:
    """Lifts a suspension."""
    after = await suspensions.unsuspend(organization_id, body, request, tx, principal)
    return done(request, _path(organization_id), f"{after.name} is active again.")


def _path(organization_id: OrganizationInPath) -> str:
    """The organization's page."""
    return f"/console/organizations/{show('org', organization_id)}"


def _choices() -> dict[str, Any]:
    """What the forms let one choose."""
    return {
        "currencies": [*_COMMON, *sorted(CURRENCIES - set(_COMMON))],
        "plans": get_args(Plan),
        "countries": sorted(COUNTRIES),
        "zones": sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
    }
