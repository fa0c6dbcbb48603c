"""An organization's projects and members."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import members, organizations, projects
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Paging
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, needs
from domain.ids import show

router = new_pages("/organizations/{organization_id}")
_MOST = 500


@router.get("/people", dependencies=[Depends(needs("projects:read")), Depends(needs("members:read"))])
async def show_people(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> Response:
    """Projects and members."""
    return page(
        request,
        "organizations/people.html",
        organization=await organizations.get(organization_id, tx),
        tab="people",
        projects=(await projects.list_all(organization_id, tx, Paging(_MOST, None))).items,
        members=(await members.list_members(organization_id, tx)).items,
    )


@router.post("/projects", dependencies=[OncePerForm])
async def open_project(
    organization_id: OrganizationInPath,
    body: Annotated[projects.NewProject, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> Response:
    """Opens a project."""
    made = await projects.create(organization_id, body, request, tx, principal)
    path = f"/console/organizations/{show('org', organization_id)}/people"
    return done(request, path, f"The project {made.name} is open.")
