"""An organization's projects, in the console."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import organizations, projects
from api.pages.acts import done
from api.pages.asking import zone_of
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.project_shapes import NewProject
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, needs
from domain.project_role import sees_value

router = new_pages("/organizations/{organization_id}/projects")


@router.get("")
async def list_all(
    organization_id: OrganizationInPath,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Annotated[Principal, Depends(needs("projects:read"))],
) -> Response:
    """The organization's projects, the newest first."""
    found = await projects.list_all(organization_id, tx, pages, principal)
    return page(
        request,
        "organizations/projects.html",
        organization=await organizations.get(organization_id, tx),
        tab="projects",
        projects=found.items,
        next_cursor=found.next_cursor,
        sees_value=sees_value(principal),
        today=datetime.now(UTC).astimezone(zone_of(request)).date(),
    )


@router.post("", dependencies=[OncePerForm])
async def create(
    organization_id: OrganizationInPath,
    body: Annotated[NewProject, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> Response:
    """Opens a project."""
    made = await projects.create(organization_id, body, request, tx, principal)
    return done(request, f"/console/projects/{made.id}", f"The project {made.name} is open.")
