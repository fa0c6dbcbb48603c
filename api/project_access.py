"""Which project a request is about, whether the caller may see it, and whether they may change it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request

from api.project_shapes import ShownProject, shown_project
from api.security import Principal, actor_of
from db import audit, engagements, project_members, projects, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import NotFound
from domain.ids import read, show
from domain.project import Project
from domain.project_role import require_may_change, sees_value


async def seen(tx: Tx, principal: Principal, project_id: str) -> ShownProject:
    """The project as its reader may see it.

    Raises:
        NotFound: there is none, or it belongs to somebody else.
    """
    found = await engagements.get(tx, project_id=read("prj", project_id))
    _require_seen(principal, found.project)
    return shown_project(found, with_value=sees_value(principal))


async def changeable(tx: Tx, principal: Principal, project_id: str) -> Project:
    """The project, locked, for somebody who may change it.

    Raises:
        NotFound: there is none, or it belongs to somebody else.
        Forbidden: they see it, but may not change it.
    """
    identifier = read("prj", project_id)
    project = await projects.lock(tx, project_id=identifier)
    _require_seen(principal, project)
    role = await project_members.role_of(tx, project_id=identifier, user_id=principal.id)
    require_may_change(principal, role)
    return project


def _require_seen(principal: Principal, project: Project) -> None:
    """Refuses another organization's project, and to a project's key every other one.

    Raises:
        NotFound: it is not theirs to see.
    """
    principal.require_organization(project.organization_id)
    if principal.project_id not in (None, project.id):
        raise NotFound("There is no such project")


async def owner_named(
    tx: Tx, principal: Principal, organization_id: UUID, user_id: str | None
) -> dict[str, UUID | None]:
    """The two owner fields for a person: one of the organization's, or for staff also one of the staff.

    Raises:
        NotFound: the person is neither.
    """
    fields: dict[str, UUID | None] = {"owner_member_id": None, "owner_staff_id": None}
    if not user_id:
        return fields
    person = read("usr", user_id)
    if await project_members.belongs(tx, organization_id=organization_id, user_id=person):
        return fields | {"owner_member_id": person}
    if principal.is_staff:
        found = await users.get(tx, user_id=person)
        if found.kind == "staff" and found.disabled_at is None:
            return fields | {"owner_staff_id": person}
    raise NotFound("owner_id: there is no such person in this organization")


async def note(
    request: Request,
    tx: Tx,
    principal: Principal,
    action: str,
    project: Project,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Writes an act on a project to the audit log."""
    entry = Entry(action, "project", show("prj", project.id), project.organization_id, before, after)
    await audit.append(tx, [entry], actor=actor_of(request, principal))
