"""Client organizations: found, opened, described, suspended."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api import analytics, billing_profiles, organizations, suspensions, wallets
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages, encode_cursor
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, needs
from db import accounts
from domain.analytics import Scope
from domain.ids import show
from domain.organization import OrganizationState
from domain.places import COUNTRIES, CURRENCIES
from domain.window import window_named

router = new_pages("/organizations")
Writer = Annotated[Principal, Depends(needs("organizations:write"))]
_SPENT_SINCE = timedelta(days=30)
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


@router.get("", dependencies=[Depends(needs("organizations:read"))])
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    search: Annotated[str, Query(max_length=200)] = "",
    state: OrganizationState | None = None,
    sort: str = "newest",
) -> Response:
    """Organizations with what they hold, spent in thirty days, and owe."""
    skipped = pages.after_number or 0
    since = datetime.now(UTC) - _SPENT_SINCE
    order = accounts.sort_named(sort)
    found = await accounts.list_page(
        tx, since=since, limit=pages.fetch, skipped=skipped, sort=order, search=search, state=state
    )
    more = len(found) > pages.limit
    return page(
        request,
        "organizations/list.html",
        rows=found[: pages.limit],
        next_cursor=encode_cursor(str(skipped + pages.limit)) if more else None,
        sort=sort,
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
    return done(request, f"/console/organizations/{made.id}", f"{made.name} is open.")


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
    rows = await accounts.list_page(tx, since=window.since, limit=1, organization_id=organization_id)
    return page(
        request,
        "organizations/one.html",
        organization=await organizations.get(organization_id, tx),
        tab="overview",
        account=rows[0] if rows else None,
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
        "countries": sorted(COUNTRIES),
        "zones": sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
    }
