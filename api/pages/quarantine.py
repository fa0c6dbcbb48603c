"""Usage that waits for a price: what it is worth, a price for it, and its release after a look at the amounts."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import quarantine
from api.pages.acts import done
from api.pages.asking import given, names_of, organization_asked, organizations_offered
from api.pages.formats import counted
from api.pages.render import is_partial, page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.quarantine import Released, ReleaseRequest, ShownGroup
from api.security import HouseTransaction, Principal, Transaction, needs
from db import organizations
from db import quarantine as waiting
from db.engine import Tx
from domain.ids import read
from domain.money import format_amount, parse_amount

router = new_pages("/quarantine")
Releaser = Annotated[Principal, Depends(needs("quarantine:release"))]


class ReleaseForm(BaseModel):
    """What to charge, as the reader saw it; empty fields do not limit, unless model and meter are meant `exact`ly."""

    provider: str = Field("", max_length=100)
    model: str = Field("", max_length=200)
    meter: str = Field("", max_length=100)
    exact: str = Field("", max_length=1)
    organization_id: str = Field("", max_length=64)


@router.get("", dependencies=[Depends(needs("quarantine:read"))])
async def list_groups(request: Request, tx: Transaction, pages: Pages) -> Response:
    """What waits, in groups of organization and model."""
    asked = given(request)
    chosen = await organization_asked(tx, asked)
    found = await quarantine.list_groups(tx, pages, chosen.shown_id if chosen else None)
    ids = {read("org", group.organization_id) for group in found.items}
    currencies = await organizations.currencies(tx, organization_ids=ids)
    return page(
        request,
        "quarantine/list.html",
        groups=[(group, currencies[read("org", group.organization_id)]) for group in found.items],
        next_cursor=found.next_cursor,
        releasable=0 if is_partial(request) else (await waiting.total(tx)).releasable,
        chosen=chosen,
        offered=[] if is_partial(request) else await organizations_offered(tx),
        price_query=_price_query,
        release_query=_release_query,
    )


@router.get("/release")
async def preview(request: Request, tx: HouseTransaction, principal: Releaser) -> Response:
    """What a release would charge to each organization."""
    asked = given(request)
    found = await _released(asked, request, tx, principal, preview=True)
    names = await names_of(tx, {charge.organization_id for charge in found.organizations})
    facts = {"found": found, "called": names, "asked": asked, "totals": _totals(found)}
    return page(request, "quarantine/release.html", **facts)


@router.post("/release", dependencies=[OncePerForm])
async def release(
    form: Annotated[ReleaseForm, Form()], request: Request, tx: HouseTransaction, principal: Releaser
) -> Response:
    """Charges everything in the scope that a price covers by now."""
    found = await _released(form.model_dump(), request, tx, principal, preview=False)
    if not found.released:
        text = "Nothing was charged: no price covers these records any more, or they were released before."
        return done(request, "/console/quarantine", text, tone="info")
    amounts = ", ".join(f"{amount} {currency}" for currency, amount in _totals(found).items())
    records = counted(found.released, "record")
    text = f"Charged {records} to {counted(len(found.organizations), 'organization')}: {amounts}."
    return done(request, "/console/quarantine", text)


async def _released(
    asked: Mapping[str, str], request: Request, tx: Tx, principal: Principal, *, preview: bool
) -> Released:
    scope = {name: asked.get(name) or None for name in ("provider", "model", "meter", "organization_id")}
    if asked.get("exact"):
        scope |= {name: asked.get(name, "") for name in ("model", "meter")}
    return await quarantine.release(ReleaseRequest(**scope, preview=preview), request, tx, principal)


def _totals(found: Released) -> dict[str, str]:
    """The sums by currency."""
    sums: dict[str, int] = {}
    for charge in found.organizations:
        sums[charge.currency] = sums.get(charge.currency, 0) + parse_amount(charge.amount)
    return {currency: format_amount(nanos) for currency, nanos in sorted(sums.items())}


def _price_query(group: ShownGroup, currency: str) -> str:
    """The fields of a new price that would cover the group from its first record on."""
    facts = {"provider": group.provider, "model": group.model, "meter": group.meter, "currency": currency}
    facts["effective_at"] = group.first_at.isoformat()
    return urlencode({name: value for name, value in facts.items() if value})


def _release_query(group: ShownGroup) -> str:
    """The scope of one group's release: a group without a model, or without a meter, is not all of its provider."""
    facts = {"organization_id": group.organization_id, "provider": group.provider}
    return urlencode(facts | {"model": group.model, "meter": group.meter, "exact": "1"})
