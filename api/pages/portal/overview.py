"""The portal's first page: what is due, what was used, who is there, and what needs somebody's attention."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from api import analytics, api_keys, invoices, members, organizations, wallets
from api.analytics_shapes import ShownPoint
from api.organizations import ShownOrganization
from api.pages.portal.invoices import OPEN_STATES, pay_page
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.paging import Paging
from api.security import Principal, Transaction, authenticate
from db import invites
from db.engine import Tx
from domain.analytics import Scope
from domain.window import HOUR, Window

router = new_portal()
_KEYS_SOON = timedelta(days=14)
_MOST = 100


@dataclass
class Day:
    """What one day of the organization's calendar cost, in its currency."""

    cost: Decimal = Decimal(0)
    requests: int = 0

    def add(self, point: ShownPoint) -> None:
        """Counts an hour of the day."""
        self.cost += sum((Decimal(amount.amount) for amount in point.cost), Decimal(0))
        self.requests += point.requests


@router.get("")
async def show(request: Request, tx: Transaction, organization_id: Mine) -> Response:
    """Where the organization stands, as far as the reader's role lets them see."""
    principal = await authenticate(request)
    organization = await organizations.get(organization_id, tx)
    facts: dict[str, Any] = {
        "organization": organization,
        "hello": _hello(organization),
        **await _money(request, tx, principal, organization_id),
        **await _usage(tx, principal, organization_id, organization),
        **await _people(tx, principal, organization_id),
        **await _keys(tx, principal, organization_id),
    }
    return page(request, "portal/overview.html", **facts)


def _hello(organization: ShownOrganization) -> str:
    """A greeting by the hour in the organization's zone."""
    hour = datetime.now(ZoneInfo(organization.time_zone)).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


async def _money(request: Request, tx: Tx, principal: Principal, organization_id: UUID) -> dict[str, Any]:
    """The wallet, and invoices that are open, each with the page where it is paid."""
    wallet = await wallets.get_wallet(organization_id, tx) if principal.can("wallet:read") else None
    if not principal.can("invoices:read"):
        return {"wallet": wallet, "due": [], "may_see_invoices": False}
    found = [
        invoice
        for state in reversed(OPEN_STATES)
        for invoice in (
            await invoices.list_all(tx, Paging(_MOST, None), principal, None, state, "invoice")
        ).items
    ]
    due = [(invoice, pay_page(request, principal, invoice.id)) for invoice in found]
    return {"wallet": wallet, "due": due, "may_see_invoices": True}


async def _usage(
    tx: Tx, principal: Principal, organization_id: UUID, organization: ShownOrganization
) -> dict[str, Any]:
    """Cost and requests since the month began, by the days of the organization's own calendar."""
    if not principal.can("usage:read"):
        return {"totals": None, "days": []}
    zone, now = ZoneInfo(organization.time_zone), datetime.now(UTC)
    begun = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    window = Window(begun.astimezone(UTC), now, HOUR).aligned(HOUR)
    scope = Scope(organization_id=organization_id, project_id=None)
    totals = (await analytics.overview(principal, scope, window, tx)).totals
    points = (await analytics.series(principal, scope, window, tx)).points
    days = {begun.date() + timedelta(days=n): Day() for n in range(now.astimezone(zone).day)}
    for point in points:
        days[max(point.at.astimezone(zone).date(), begun.date())].add(point)
    return {"totals": totals, "days": list(days.items())}


async def _people(tx: Tx, principal: Principal, organization_id: UUID) -> dict[str, Any]:
    """How many belong to the organization, and how many are invited."""
    if not principal.can("members:read"):
        return {"people": None, "invited": 0}
    found = await members.list_members(organization_id, tx)
    invited = (
        await invites.count_living(tx, organization_id=organization_id)
        if principal.can("members:write")
        else 0
    )
    return {"people": len(found.items), "invited": invited}


async def _keys(tx: Tx, principal: Principal, organization_id: UUID) -> dict[str, Any]:
    """Keys that end within two weeks, for those who may renew them."""
    if not principal.can("keys:manage"):
        return {"ending_keys": []}
    soon = datetime.now(UTC) + _KEYS_SOON
    found = (await api_keys.list_keys(organization_id, tx, Paging(_MOST, None))).items
    ends = [key for key in found if key.state == "working" and key.expires_at and key.expires_at < soon]
    return {"ending_keys": ends}
