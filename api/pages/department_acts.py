"""What is done to departments from their pages, in the console and in the portal alike."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api import departments, member_departments
from api.pages.acts import done
from api.security import Principal
from db import users
from db.engine import Tx
from domain.ids import show


class ClosingForm(BaseModel):
    """Where the people of a closing department move to; blank when there are none."""

    move_to: str = Field("", max_length=64)


class PlacementForm(BaseModel):
    """A member and their department; blank takes them out."""

    user_id: str = Field(max_length=64)
    department_id: str = Field("", max_length=64)


async def view(tx: Tx, principal: Principal, organization_id: UUID) -> dict[str, Any]:
    """The departments, everybody in the organization, and what the reader may do."""
    found = (await departments.list_all(organization_id, tx)).items
    people = await users.list_members(tx, organization_id=organization_id)
    return {
        "departments": found,
        "people": [
            (
                show("usr", member.user_id),
                member,
                show("dep", member.department_id) if member.department_id else "",
            )
            for member in people
        ],
        "offered": [("", "None"), *((department.id, department.name) for department in found)],
        "may_write": principal.can("departments:write"),
        "may_place": principal.can("members:write"),
    }


async def close(
    organization_id: UUID,
    department_id: str,
    form: ClosingForm,
    request: Request,
    tx: Tx,
    principal: Principal,
) -> str:
    """Closes a department; gives what to say about it."""
    body = departments.Closing(move_to=form.move_to or None)
    after = await departments.close(organization_id, department_id, body, request, tx, principal)
    return f"{after.name} is closed."


async def place(
    organization_id: UUID, form: PlacementForm, request: Request, tx: Tx, principal: Principal
) -> str:
    """Puts a member into a department, or takes them out of theirs; gives what to say about it."""
    body = member_departments.Placement(department_id=form.department_id or None)
    await member_departments.place_member(organization_id, form.user_id, body, request, tx, principal)
    return "Their department is changed." if form.department_id else "They are in no department now."


def back(request: Request, text: str) -> Response:
    """Leads to the list of departments that the act came from."""
    head, _, _ = request.url.path.partition("/departments")
    return done(request, f"{head}/departments", text)
