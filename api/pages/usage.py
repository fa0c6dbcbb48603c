"""The requests explorer: what was used, what it cost, and one record with everything it led to."""

from datetime import UTC, datetime
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from api import usage_records
from api.pages.asking import (
    Chosen,
    given,
    instant,
    names_of,
    organization_visible,
    organizations_offered,
    zone_of,
)
from api.pages.record_trails import trail_of
from api.pages.render import block, is_partial, page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Principal, Transaction, needs
from db import organizations
from db.engine import Tx
from db.usage import names, sums
from domain.errors import Invalid
from domain.ids import read, show
from domain.usage import UsageFilters
from domain.window import WindowName, window_named

router = new_pages("/usage")
Reader = Annotated[Principal, Depends(needs("usage:read"))]
STATES = ("priced", "quarantined", "not_billed")
_PLAIN = ("provider", "model", "meter", "api_key_id", "status", "environment")


@router.get("")
async def list_all(request: Request, tx: Transaction, principal: Reader, pages: Pages) -> Response:
    """Records that pass the filters, the newest first."""
    asked = given(request)
    chosen = await organization_visible(tx, asked, principal)
    filters = _filters(request, asked, chosen)
    found = await usage_records.list_all(principal, filters, tx, pages)
    return page(
        request,
        "usage/list.html",
        found=found,
        asked=asked | ({"organization_id": chosen.name} if chosen else {}),
        called=await names_of(tx, {record.organization_id for record in found.items}),
        offered=await _offered(request, tx, principal),
        windows=get_args(WindowName),
        states=STATES,
    )


@router.get("/sums")
async def summed(request: Request, tx: Transaction, principal: Reader) -> Response:
    """What the records that pass come to."""
    asked = given(request)
    chosen = await organization_visible(tx, asked, principal)
    filters = _filters(request, asked, chosen)
    found = await sums.of(tx, filters=filters)
    facts = {"sums": found, "most": sums.MOST, "costs": principal.can("costs:read")}
    return block(request, "usage/list.html", "sums", export=_export(filters, chosen), **facts)


@router.get("/{organization_id}/{record_id:path}")
async def get(
    organization_id: str, record_id: str, request: Request, tx: Transaction, principal: Reader
) -> Response:
    """One record."""
    found = await usage_records.get(record_id, principal, tx, organization_id)
    organization = await organizations.get(tx, organization_id=read("org", organization_id))
    trail = await trail_of(tx, found)
    return page(request, "usage/record.html", record=found, organization=organization, trail=trail)


def _filters(request: Request, asked: dict[str, str], chosen: Chosen | None) -> UsageFilters:
    """What the address asks for.

    Raises:
        Invalid: a filter cannot be what it says.
    """
    state = asked.get("state")
    if state is not None and state not in STATES:
        raise Invalid(f"state: choose one of {', '.join(STATES)}")
    since, until = _window(request, asked)
    return UsageFilters(
        organization_id=None if chosen is None else chosen.id,
        project_id=read("prj", asked["project_id"]) if "project_id" in asked else None,
        bot_id=asked.get("bot"),
        end_user=asked.get("user"),
        state=state,
        since=since,
        until=until,
        **{name: asked.get(name) for name in _PLAIN},
    )


def _window(request: Request, asked: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    """From when and until when; a named window goes before the two fields."""
    if "window" in asked:
        window = window_named(asked["window"], datetime.now(UTC))
        return window.since, window.until
    zone = zone_of(request)
    since = instant(asked["from"], zone, "from") if "from" in asked else None
    return since, instant(asked["to"], zone, "to") if "to" in asked else None


async def _offered(request: Request, tx: Tx, principal: Principal) -> dict[str, list[str]]:
    """What the filters offer while one types; a part of the page needs none."""
    if is_partial(request):
        return {"organizations": [], "models": []}
    models = await names.models(tx, now=datetime.now(UTC)) if principal.is_staff else []
    return {"organizations": await organizations_offered(tx), "models": models}


def _export(filters: UsageFilters, chosen: Chosen | None) -> str:
    """The address of the same records as CSV."""
    asked = {
        "organization_id": chosen.shown_id if chosen else None,
        "project_id": show("prj", filters.project_id) if filters.project_id else None,
        "bot": filters.bot_id,
        "user": filters.end_user,
        "state": filters.state,
        "from": filters.since.isoformat() if filters.since else None,
        "to": filters.until.isoformat() if filters.until else None,
        **{name: getattr(filters, name) for name in _PLAIN},
    }
    return f"/v1/usage.csv?{urlencode({name: value for name, value in asked.items() if value})}"
