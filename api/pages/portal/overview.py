"""The portal's first page: where the organization stands."""

from fastapi import Request, Response

from api import organizations
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.security import Transaction

router = new_portal()


@router.get("")
async def show(request: Request, tx: Transaction, organization_id: Mine) -> Response:
    """Where the organization stands."""
    return page(request, "portal/overview.html", organization=await organizations.get(organization_id, tx))
