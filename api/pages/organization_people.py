"""An organization's members and invitations."""

from fastapi import Depends, Request, Response

from api import invites, members, organizations
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Paging
from api.security import OrganizationInPath, Principal, Transaction, needs
from api.temporal_link import process_link
from domain.invite import ORGANIZATION_INVITE_ROLES
from domain.member import ROLE_MEANINGS

router = new_pages("/organizations/{organization_id}")
_MOST = 100


@router.get("/people", dependencies=[Depends(needs("members:read"))])
async def show_people(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> Response:
    """Members and invitations."""
    principal: Principal = request.state.principal
    managing = principal.can("members:write")
    return page(
        request,
        "organizations/people.html",
        organization=await organizations.get(organization_id, tx),
        tab="people",
        members=(await members.list_members(organization_id, tx)).items,
        managing=managing,
        invites=(await invites.list_all(organization_id, tx, Paging(_MOST, None))).items if managing else [],
        roles=ORGANIZATION_INVITE_ROLES,
        meanings=ROLE_MEANINGS,
        temporal_link=process_link(request),
    )
