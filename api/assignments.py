"""Contractors and the organizations they are assigned to; they see nothing else."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel

from api.paging import Whole
from api.routing import new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, actor_of, needs
from db import assignments, audit, organizations, users
from db.engine import Tx
from domain.assignment import Assignment, require_contractor
from domain.audit import Entry
from domain.errors import NotFound
from domain.ids import read, show

router = new_router(prefix="/v1/organizations/{organization_id}/contractors", tag="organizations")
Assigner = Annotated[Principal, Depends(needs("assignments:write"))]


class ShownAssignment(BaseModel):
    """A contractor who sees the organization."""

    user_id: str
    email: str
    name: str
    assigned_by: str
    assigned_at: datetime


class Assignments(Whole[ShownAssignment]):
    """Everybody assigned to an organization."""


@router.get("", dependencies=[Depends(needs("assignments:write"))])
async def list_assigned(organization_id: OrganizationInPath, tx: HouseTransaction) -> Assignments:
    """Who is assigned to an organization."""
    await organizations.get(tx, organization_id=organization_id)
    found = await assignments.list_of(tx, organization_id=organization_id)
    return Assignments(items=[_shown(assignment) for assignment in found])


@router.put("/{user_id}", status_code=204)
async def assign(
    organization_id: OrganizationInPath,
    user_id: str,
    request: Request,
    tx: HouseTransaction,
    principal: Assigner,
) -> None:
    """Have a contractor see the organization; once is enough."""
    await organizations.get(tx, organization_id=organization_id)
    person = require_contractor(await users.get(tx, user_id=read("usr", user_id)))
    made = await assignments.insert_one(
        tx,
        user_id=person.id,
        organization_id=organization_id,
        assigned_by=principal.name,
        now=datetime.now(UTC),
    )
    if made:
        await _note(request, tx, principal, "assignment.create", organization_id, person.id)


@router.delete("/{user_id}", status_code=204)
async def unassign(
    organization_id: OrganizationInPath,
    user_id: str,
    request: Request,
    tx: HouseTransaction,
    principal: Assigner,
) -> None:
    """Have a contractor see it no longer; their next request finds nothing of it."""
    contractor = read("usr", user_id)
    if not await assignments.remove(tx, user_id=contractor, organization_id=organization_id):
        raise NotFound("This person is not assigned to the organization")
    await _note(request, tx, principal, "assignment.end", organization_id, contractor)


async def _note(
    request: Request, tx: Tx, principal: Principal, action: str, organization_id: UUID, user_id: UUID
) -> None:
    """Writes an assignment's beginning or end to the audit log."""
    facts = {"organization": show("org", organization_id)}
    entry = Entry(action, "user", show("usr", user_id), organization_id, None, facts)
    await audit.append(tx, [entry], actor=actor_of(request, principal))


def _shown(assignment: Assignment) -> ShownAssignment:
    """The assignment as the door shows it."""
    return ShownAssignment(
        user_id=show("usr", assignment.user_id),
        email=assignment.email,
        name=assignment.name,
        assigned_by=assignment.assigned_by,
        assigned_at=assignment.assigned_at,
    )
