"""Projects of an organization."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import OrganizationInPath, Principal, Transaction, actor_of, needs
from db import audit, organizations, projects
from domain.audit import Entry
from domain.ids import new_id, show
from domain.organization import name_spelled
from domain.project import Project

router = new_router(prefix="/v1/organizations/{organization_id}/projects", tag="projects")


class NewProject(BaseModel):
    """A project to be opened."""

    name: str = Field(max_length=400, examples=["Support assistant"])


class ShownProject(BaseModel):
    """A project."""

    id: str
    organization_id: str
    name: str
    created_at: datetime
    archived_at: datetime | None


@router.post("", status_code=201, dependencies=[Once])
async def create(
    organization_id: OrganizationInPath,
    body: NewProject,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> ShownProject:
    """Open a project; its name is unique in its organization."""
    await organizations.get(tx, organization_id=organization_id)
    name = name_spelled(body.name)
    project = Project(id=new_id(), organization_id=organization_id, name=name, created_at=datetime.now(UTC))
    await projects.insert_one(tx, project)
    entry = Entry("project.create", "project", show("prj", project.id), organization_id, None, {"name": name})
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return _shown(project)


@router.get("", dependencies=[Depends(needs("projects:read"))])
async def list_all(organization_id: OrganizationInPath, tx: Transaction, pages: Pages) -> Page[ShownProject]:
    """An organization's projects, the newest first."""
    await organizations.get(tx, organization_id=organization_id)
    found = await projects.list_page(
        tx, organization_id=organization_id, after=pages.after_id, limit=pages.fetch
    )
    return pages.page(found, _shown, lambda project: project.id)


def _shown(project: Project) -> ShownProject:
    """The project as the door shows it."""
    return ShownProject(
        id=show("prj", project.id),
        organization_id=show("org", project.organization_id),
        name=project.name,
        created_at=project.created_at,
        archived_at=project.archived_at,
    )
