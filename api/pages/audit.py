"""The audit log: filtered, verified, exported."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from api import audit
from api.pages.asking import given as filled_in
from api.pages.asking import organization_asked, organizations_offered
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Transaction, needs
from db.audit import Filters

router = new_pages("/audit")
Text = Annotated[str | None, Query(max_length=200)]


async def asked(
    request: Request,
    tx: Transaction,
    action: Text = None,
    target: Text = None,
    actor: Text = None,
    since: date | None = None,
    until: date | None = None,
) -> Filters:
    """What to list; days are whole and in UTC."""
    chosen = await organization_asked(tx, filled_in(request))
    return Filters(
        organization_id=chosen.id if chosen else None,
        action=action,
        target_id=target,
        actor=actor,
        since=None if since is None else _start(since),
        until=None if until is None else _start(until) + timedelta(days=1),
    )


def _start(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)


@router.get("", dependencies=[Depends(needs("audit:read"))])
async def list_all(
    request: Request, tx: Transaction, pages: Pages, filters: Annotated[Filters, Depends(asked)]
) -> Response:
    """Entries, the newest first."""
    return page(
        request,
        "audit/list.html",
        found=await audit.list_all(tx, filters, pages),
        organizations=await organizations_offered(tx),
        export=exported(filters),
    )


@router.get("/verify", dependencies=[Depends(needs("audit:verify"))])
async def verify(request: Request, tx: Transaction) -> Response:
    """Walks the whole chain and says whether it holds."""
    return page(request, "audit/verify.html", found=await audit.verify(tx))


def exported(filters: Filters) -> str:
    """The same filters at the JSON door, which exports them."""
    facts = {
        "organization_id": None if filters.organization_id is None else f"org_{filters.organization_id.hex}",
        "action": filters.action,
        "target": filters.target_id,
        "actor": filters.actor,
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
    }
    return urlencode({name: value for name, value in facts.items() if value})
