"""An organization's projects, for its own people in the portal and for staff in the console."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import projects
from api.pages.about import About, frame_root, framed, in_console
from api.pages.acts import done
from api.pages.asking import today
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.paging import Pages
from api.project_shapes import NewProject
from api.security import HouseTransaction, Principal, Transaction, needs
from domain.project import ProjectStatus
from domain.project_role import sees_value

portal = new_portal("/projects")
console = new_pages("/organizations/{organization_id}/projects")


@portal.get("")
@console.get("")
async def list_all(
    organization_id: About,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Annotated[Principal, Depends(needs("projects:read"))],
    status: ProjectStatus | None = None,
) -> Response:
    """The organization's projects, the newest first."""
    found = await projects.list_all(organization_id, tx, pages, principal, status)
    return page(
        request,
        "organizations/projects.html" if in_console(request) else "portal/projects.html",
        **await framed(request, tx, organization_id, tab="projects"),
        projects=found.items,
        next_cursor=found.next_cursor,
        sees_value=sees_value(principal),
        today=today(request),
    )


@portal.post("", dependencies=[OncePerForm])
@console.post("", dependencies=[OncePerForm])
async def create(
    organization_id: About,
    body: Annotated[NewProject, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> Response:
    """Opens a project."""
    made = await projects.create(organization_id, body, request, tx, principal)
    return done(request, f"{frame_root(request)}/projects/{made.id}", f"The project {made.name} is open.")
