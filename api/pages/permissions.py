"""The permission matrix, as the code holds it."""

from fastapi import Depends, Request, Response

from api.pages.render import page
from api.pages.routing import new_pages
from api.security import needs
from domain.roles import BROAD_SCOPES, CLIENT_ROLES, MATRIX, STAFF_ROLES

router = new_pages("/permissions")


@router.get("", dependencies=[Depends(needs("members:read"))])
async def show(request: Request) -> Response:
    """Who may do what, and which scopes of keys carry it."""
    roles = (*CLIENT_ROLES, *STAFF_ROLES)
    return page(request, "permissions/matrix.html", roles=roles, matrix=MATRIX, scopes=BROAD_SCOPES)
