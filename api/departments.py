"""Departments of an organization: opened, renamed, closed."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.paging import Whole
from api.routing import Once, new_router
from api.security import OrganizationInPath, Principal, Transaction, actor_of, needs
from db import audit, departments, organizations
from db.engine import Tx
from domain.audit import Entry, Facts
from domain.department import Department
from domain.errors import Invalid
from domain.ids import new_id, read, show
from domain.spelling import name_spelled

router = new_router(prefix="/v1/organizations/{organization_id}", tag="organizations")
Writer = Annotated[Principal, Depends(needs("departments:write"))]


class DepartmentName(BaseModel):
    """What a department is called."""

    name: str = Field(max_length=400, examples=["Customer care"])


class Closing(BaseModel):
    """What becomes of a department's people when it closes."""

    move_to: str | None = Field(None, max_length=64, description="The department its people move to")


class ShownDepartment(BaseModel):
    """A department."""

    id: str
    organization_id: str
    name: str
    people: int
    created_at: datetime
    closed_at: datetime | None


class Departments(Whole[ShownDepartment]):
    """An organization's departments, by name."""


@router.get("/departments", dependencies=[Depends(needs("departments:read"))])
async def list_all(
    organization_id: OrganizationInPath, tx: Transaction, *, with_closed: bool = False
) -> Departments:
    """The departments, without the closed ones unless they are asked for."""
    await organizations.get(tx, organization_id=organization_id)
    found = await departments.list_all(tx, organization_id=organization_id, with_closed=with_closed)
    return Departments(items=[_shown(department) for department in found])


@router.post("/departments", status_code=201, dependencies=[Once])
async def create(
    organization_id: OrganizationInPath,
    body: DepartmentName,
    request: Request,
    tx: Transaction,
    principal: Writer,
) -> ShownDepartment:
    """Open a department; its name is unique among the open ones."""
    await organizations.get(tx, organization_id=organization_id)
    fresh = Department(
        id=new_id(),
        organization_id=organization_id,
        name=name_spelled(body.name),
        created_at=datetime.now(UTC),
    )
    await departments.insert_one(tx, fresh)
    await _note(request, tx, principal, "department.create", fresh, None, {"name": fresh.name})
    return _shown(fresh)


@router.patch("/departments/{department_id}")
async def rename(
    organization_id: OrganizationInPath,
    department_id: str,
    body: DepartmentName,
    request: Request,
    tx: Transaction,
    principal: Writer,
) -> ShownDepartment:
    """Give an open department another name."""
    before = await open_one(tx, organization_id, department_id)
    name = name_spelled(body.name)
    await departments.rename(tx, before, name=name)
    await _note(request, tx, principal, "department.rename", before, {"name": before.name}, {"name": name})
    return _shown(await _locked(tx, organization_id, department_id))


@router.post("/departments/{department_id}/close", dependencies=[Once])
async def close(
    organization_id: OrganizationInPath,
    department_id: str,
    body: Closing,
    request: Request,
    tx: Transaction,
    principal: Writer,
) -> ShownDepartment:
    """Close a department; while people are in it, say where they move to."""
    before = await open_one(tx, organization_id, department_id)
    moved = await _moved_out(tx, before, body.move_to) if body.move_to else 0
    if not moved:
        before.require_empty()
    await departments.close(tx, department_id=before.id, now=datetime.now(UTC))
    facts = {"name": before.name, "people_moved": moved, "moved_to": body.move_to if moved else None}
    await _note(request, tx, principal, "department.close", before, {"people": before.people}, facts)
    return _shown(await _locked(tx, organization_id, department_id))


async def _moved_out(tx: Tx, department: Department, move_to: str) -> int:
    """Moves a department's people to another open one; says how many."""
    if read("dep", move_to) == department.id:
        raise Invalid("move_to: name another department than the one that closes")
    target = await open_one(tx, department.organization_id, move_to)
    return await departments.move_people(
        tx, organization_id=department.organization_id, department_id=department.id, to=target.id
    )


async def open_one(tx: Tx, organization_id: UUID, department_id: str) -> Department:
    """The open department, locked.

    Raises:
        NotFound: the organization has none of that id.
        WrongState: it is closed.
    """
    found = await _locked(tx, organization_id, department_id)
    found.require_open()
    return found


async def _locked(tx: Tx, organization_id: UUID, department_id: str) -> Department:
    """The department, locked."""
    return await departments.lock(
        tx, organization_id=organization_id, department_id=read("dep", department_id)
    )


async def _note(
    request: Request,
    tx: Tx,
    principal: Principal,
    action: str,
    department: Department,
    before: Facts | None,
    after: Facts,
) -> None:
    """Writes an act to the audit log."""
    target = show("dep", department.id)
    entry = Entry(action, "department", target, department.organization_id, before, after)
    await audit.append(tx, [entry], actor=actor_of(request, principal))


def _shown(department: Department) -> ShownDepartment:
    """The department as the door shows it."""
    return ShownDepartment(
        id=show("dep", department.id),
        organization_id=show("org", department.organization_id),
        name=department.name,
        people=department.people,
        created_at=department.created_at,
        closed_at=department.closed_at,
    )
