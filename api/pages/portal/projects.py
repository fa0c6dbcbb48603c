"""The organization's projects: where they stand, what comes next, and who works in them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import projects
from api.pages.acts import done
from api.pages.asking import zone_of
from api.pages.portal.mine import Mine
from api.pages.project_acts import add_acts
from api.pages.project_views import view
from api.pages.render import page
from api.pages.routing import OncePerForm, new_portal
from api.paging import Pages
from api.project_shapes import NewProject
from api.security import HouseTransaction, Principal, Transaction, needs
from domain.project import ProjectStatus
from domain.project_role import sees_value

router = new_portal("/projects")
Reader = Annotated[Principal, Depends(needs("projects:read"))]


@router.get("")
async def list_all(
    organization_id: Mine,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    status: ProjectStatus | None = None,
) -> Response:
    """The organization's projects, the newest first."""
    found = await projects.list_all(organization_id, tx, pages, principal, status)
    return page(
        request,
        "portal/projects.html",
        projects=found.items,
        next_cursor=found.next_cursor,
        sees_value=sees_value(principal),
        today=datetime.now(UTC).astimezone(zone_of(request)).date(),
    )


@router.post("", dependencies=[OncePerForm])
async def create(
    organization_id: Mine,
    body: Annotated[NewProject, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> Response:
    """Opens a project."""
    made = await projects.create(organization_id, body, request, tx, principal)
    return done(request, f"/portal/projects/{made.id}", f"The project {made.name} is open.")


@router.get("/{project_id}")
async def show_one(project_id: str, request: Request, tx: Transaction, principal: Reader) -> Response:
    """One project with its milestones and people."""
    return page(
        request,
        "portal/project.html",
        base="/portal/projects",
        **await view(request, tx, principal, project_id),
    )


add_acts(router)
