"""Who works in a project."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from api.paging import Whole
from api.project_access import changeable, note, seen
from api.project_shapes import ShownProjectMember, shown_member
from api.routing import new_router
from api.security import Principal, Transaction, needs
from db import project_members
from domain.errors import NotFound
from domain.ids import read
from domain.project_role import ProjectRole

router = new_router(prefix="/v1/projects/{project_id}/members", tag="projects")
Reader = Annotated[Principal, Depends(needs("projects:read"))]


class InProject(BaseModel):
    """What a person is in a project."""

    role: ProjectRole


class ProjectMembers(Whole[ShownProjectMember]):
    """A project's people, by name."""


@router.get("")
async def list_all(project_id: str, tx: Transaction, principal: Reader) -> ProjectMembers:
    """Who works in a project."""
    await seen(tx, principal, project_id)
    found = await project_members.list_all(tx, project_id=read("prj", project_id))
    return ProjectMembers(items=[shown_member(member) for member in found])


@router.put("/{user_id}")
async def put(
    project_id: str, user_id: str, body: InProject, request: Request, tx: Transaction, principal: Reader
) -> ShownProjectMember:
    """Take a member of the organization into the project, or give them another role in it."""
    project = await changeable(tx, principal, project_id)
    person = read("usr", user_id)
    before = await project_members.role_of(tx, project_id=project.id, user_id=person)
    await project_members.put(
        tx,
        project_id=project.id,
        organization_id=project.organization_id,
        user_id=person,
        role=body.role,
        now=datetime.now(UTC),
    )
    was = None if before is None else {"user": user_id, "role": before}
    now = {"user": user_id, "role": body.role}
    await note(request, tx, principal, "project.member", project, was, now)
    found = await project_members.list_all(tx, project_id=project.id)
    return next(shown_member(member) for member in found if member.user_id == person)


@router.delete("/{user_id}", status_code=204)
async def remove(project_id: str, user_id: str, request: Request, tx: Transaction, principal: Reader) -> None:
    """Take a person out of the project; they stay in the organization."""
    project = await changeable(tx, principal, project_id)
    person = read("usr", user_id)
    before = await project_members.role_of(tx, project_id=project.id, user_id=person)
    if before is None:
        raise NotFound("There is no such person in this project")
    await project_members.remove(tx, project_id=project.id, user_id=person)
    was = {"user": user_id, "role": before}
    await note(request, tx, principal, "project.member_removed", project, was, None)
