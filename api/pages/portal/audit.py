"""The organization's audit log: filtered, exported, each entry with the proof of its place."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Response

from api import audit
from api.pages.audit import asked, exported
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.paging import Pages
from api.security import Transaction, needs
from db.audit import Filters

router = new_portal("/audit")


@router.get("", dependencies=[Depends(needs("audit:read"))])
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    organization_id: Mine,
    filters: Annotated[Filters, Depends(asked)],
) -> Response:
    """Entries, the newest first."""
    filters = replace(filters, organization_id=organization_id)
    found = await audit.list_all(tx, filters, pages)
    return page(request, "portal/audit.html", found=found, export=exported(filters))
