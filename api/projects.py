"""Projects: what is done for a client, who leads it, what it is worth and where it stands."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from api.paging import Page, Pages
from api.project_access import changeable, note, owner_named, seen
from api.project_shapes import NewProject, ProjectChange, ShownProject, shown_project
from api.routing import Once, new_router
from api.security import OrganizationInPath, Principal, Transaction, needs
from db import engagements, milestones, organizations, projects
from db.engagements import Filters
from domain.ids import new_id, read, show
from domain.milestone import require_within
from domain.money import parse_amount
from domain.project import Project, ProjectStatus
from domain.project_role import sees_value
from domain.project_scopes import require_whole_organization
from domain.spelling import name_spelled

router = new_router(tag="projects")
OF_ORGANIZATION = "/v1/organizations/{organization_id}/projects"
Reader = Annotated[Principal, Depends(needs("projects:read"))]


class NewStatus(BaseModel):
    """Where a project stands now."""

    status: ProjectStatus


@router.post(OF_ORGANIZATION, status_code=201, dependencies=[Once])
async def create(
    organization_id: OrganizationInPath,
    body: NewProject,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("projects:write"))],
) -> ShownProject:
    """Open a project; its name is unique in its organization. A key of one project opens no other."""
    require_whole_organization(principal)
    await organizations.get(tx, organization_id=organization_id)
    owner = await owner_named(tx, principal, organization_id, body.owner_id)
    facts: dict[str, Any] = body.model_dump(exclude={"owner_id", "contracted_value", "name"}) | owner
    project = Project(
        id=new_id(),
        organization_id=organization_id,
        name=name_spelled(body.name),
        created_at=datetime.now(UTC),
        contracted_nanos=_nanos(body.contracted_value),
        **facts,
    ).checked()
    await projects.insert_one(tx, project)
    told = {name: given for name, given in _told(project).items() if given not in (None, "")}
    await note(request, tx, principal, "project.create", project, None, told)
    return await seen(tx, principal, show("prj", project.id))


@router.get(OF_ORGANIZATION)
async def list_all(
    organization_id: OrganizationInPath,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    status: ProjectStatus | None = None,
) -> Page[ShownProject]:
    """An organization's projects, the newest first."""
    await organizations.get(tx, organization_id=organization_id)
    filters = Filters(organization_id=organization_id, project_id=principal.project_id, status=status)
    return await _listed(tx, principal, pages, filters)


@router.get("/v1/projects")
async def list_across(
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    status: ProjectStatus | None = None,
    owner_id: Annotated[str | None, Query(max_length=64)] = None,
    member_id: Annotated[str | None, Query(max_length=64, description="Somebody who is in it")] = None,
    search: Annotated[str, Query(max_length=200, description="Part of the project's or client's name")] = "",
) -> Page[ShownProject]:
    """Projects of every organization that the caller sees, the newest first."""
    asked = None if organization_id is None else read("org", organization_id)
    filters = Filters(
        organization_id=principal.organization_filter(asked),
        project_id=principal.project_id,
        status=status,
        owner_id=_person(owner_id),
        member_id=_person(member_id),
        search=search.replace("\x00", ""),
    )
    return await _listed(tx, principal, pages, filters)


@router.get("/v1/projects/{project_id}")
async def get(project_id: str, tx: Transaction, principal: Reader) -> ShownProject:
    """One project."""
    return await seen(tx, principal, project_id)


@router.patch("/v1/projects/{project_id}")
async def change(
    project_id: str, body: ProjectChange, request: Request, tx: Transaction, principal: Reader
) -> ShownProject:
    """Change what describes a project: for owners, admins, staff and the project's administrators."""
    before = await changeable(tx, principal, project_id)
    facts = await _changes(tx, principal, before, body)
    after = replace(before, **facts).checked()
    if after.contracted_nanos != before.contracted_nanos:
        require_within(after.contracted_nanos, await milestones.list_all(tx, project_id=after.id))
    await projects.save(tx, after)
    old, new = _told(before), _told(after)
    changed = [name for name in new if old[name] != new[name]]
    was, now = ({name: told[name] for name in changed} for told in (old, new))
    await note(request, tx, principal, "project.change", after, was, now)
    return await seen(tx, principal, project_id)


@router.post("/v1/projects/{project_id}/status", dependencies=[Once])
async def move(
    project_id: str, body: NewStatus, request: Request, tx: Transaction, principal: Reader
) -> ShownProject:
    """Say where a project stands now; a finished one can be taken up again."""
    before = await changeable(tx, principal, project_id)
    after = before.moved(body.status)
    await projects.save(tx, after)
    was, now = {"status": before.status}, {"status": after.status}
    await note(request, tx, principal, "project.status", after, was, now)
    return await seen(tx, principal, project_id)


async def _listed(
    tx: Transaction, principal: Principal, pages: Pages, filters: Filters
) -> Page[ShownProject]:
    """A page of projects as their reader may see them."""
    with_value = sees_value(principal)
    found = await engagements.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    return pages.page(found, lambda it: shown_project(it, with_value=with_value), lambda it: it.project.id)


async def _changes(
    tx: Transaction, principal: Principal, project: Project, body: ProjectChange
) -> dict[str, Any]:
    """The fields that a change gives, as the domain knows them.

    Raises:
        Forbidden: the value is not theirs to change.
    """
    given = body.model_fields_set
    facts: dict[str, Any] = {
        name: getattr(body, name) for name in ("description", "starts_on", "ends_on") if name in given
    }
    if "name" in given:
        facts["name"] = name_spelled(body.name)
    if "owner_id" in given and body.owner_id != (show("usr", project.owner_id) if project.owner_id else None):
        facts |= await owner_named(tx, principal, project.organization_id, body.owner_id)
    if "contracted_value" in given:
        principal.require("projects:write")
        facts["contracted_nanos"] = _nanos(body.contracted_value)
    return facts


def _told(project: Project) -> dict[str, Any]:
    """What the audit log says about a project."""
    fixed = ("id", "organization_id", "created_at", "archived_at")
    facts = {name: value for name, value in asdict(project).items() if name not in fixed}
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: object) -> object:
    """A value as JSON holds it."""
    if isinstance(value, UUID):
        return show("usr", value)
    return value.isoformat() if isinstance(value, date) else value


def _nanos(amount: str | None) -> int | None:
    """An amount in nanos; nothing when none is given."""
    if amount is None or not amount.strip():
        return None
    return parse_amount(amount.strip(), field="contracted_value")


def _person(user_id: str | None) -> UUID | None:
    """The person that a filter names."""
    return None if user_id is None else read("usr", user_id)
