"""The department that a member of an organization belongs to."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.departments import open_one
from api.routing import new_router
from api.security import OrganizationInPath, Principal, Transaction, actor_of, needs
from db import audit, departments
from domain.audit import Entry
from domain.ids import read, show

router = new_router(prefix="/v1/organizations/{organization_id}", tag="organizations")


class Placement(BaseModel):
    """The department that a member belongs to; null takes them out."""

    department_id: str | None = Field(max_length=64)


class ShownPlacement(BaseModel):
    """The department that a member belongs to."""

    user_id: str
    department_id: str | None


@router.put("/members/{user_id}/department")
async def place_member(
    organization_id: OrganizationInPath,
    user_id: str,
    body: Placement,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("members:write"))],
) -> ShownPlacement:
    """Put a member into an open department, or take them out of theirs."""
    person, wanted = read("usr", user_id), None
    if body.department_id is not None:
        wanted = (await open_one(tx, organization_id, body.department_id)).id
    previous = await departments.place(
        tx, organization_id=organization_id, user_id=person, department_id=wanted
    )
    before, after = ({"department": None if it is None else show("dep", it)} for it in (previous, wanted))
    entry = Entry("member.department", "user", show("usr", person), organization_id, before, after)
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return ShownPlacement(user_id=user_id, department_id=after["department"])
