"""An organization's departments, for its own people in the portal and for staff in the console."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import departments, member_departments
from api.pages.about import About, framed, in_console, root_of
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.security import HouseTransaction, Principal, Transaction, needs
from db import users
from domain.ids import show

portal = new_portal("/departments")
console = new_pages("/organizations/{organization_id}/departments")
Writer = Annotated[Principal, Depends(needs("departments:write"))]


class ClosingForm(BaseModel):
    """Where the people of a closing department move to; blank when there are none."""

    move_to: str = Field("", max_length=64)


class PlacementForm(BaseModel):
    """A member and their department; blank takes them out."""

    user_id: str = Field(max_length=64)
    department_id: str = Field("", max_length=64)


@portal.get("", dependencies=[Depends(needs("members:read"))])
@console.get("", dependencies=[Depends(needs("members:read"))])
async def list_all(
    organization_id: About,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("departments:read"))],
) -> Response:
    """The departments, and who belongs to which."""
    found = (await departments.list_all(organization_id, tx)).items
    people = await users.list_members(tx, organization_id=organization_id)
    return page(
        request,
        "organizations/departments.html" if in_console(request) else "portal/departments.html",
        **await framed(request, tx, organization_id, tab="departments"),
        here=_here(request, organization_id),
        departments=found,
        people=[
            (
                show("usr", member.user_id),
                member,
                show("dep", member.department_id) if member.department_id else "",
            )
            for member in people
        ],
        offered=[("", "None"), *((department.id, department.name) for department in found)],
        may_write=principal.can("departments:write"),
        may_place=principal.can("members:write"),
    )


@portal.post("", dependencies=[OncePerForm])
@console.post("", dependencies=[OncePerForm])
async def create(
    organization_id: About,
    form: Annotated[departments.DepartmentName, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Opens a department."""
    made = await departments.create(organization_id, form, request, tx, principal)
    return _back(request, organization_id, f"{made.name} is open.")


@portal.post("/people")
@console.post("/people")
async def place(
    organization_id: About,
    form: Annotated[PlacementForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("members:write"))],
) -> Response:
    """Puts a member into a department, or takes them out of theirs."""
    body = member_departments.Placement(department_id=form.department_id or None)
    await member_departments.place_member(organization_id, form.user_id, body, request, tx, principal)
    told = "Their department is changed." if form.department_id else "They are in no department now."
    return _back(request, organization_id, told)


@portal.post("/{department_id}")
@console.post("/{department_id}")
async def rename(
    organization_id: About,
    department_id: str,
    form: Annotated[departments.DepartmentName, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Gives a department another name."""
    after = await departments.rename(organization_id, department_id, form, request, tx, principal)
    return _back(request, organization_id, f"The department is called {after.name} now.")


@portal.post("/{department_id}/close")
@console.post("/{department_id}/close")
async def close(
    organization_id: About,
    department_id: str,
    form: Annotated[ClosingForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Closes a department."""
    body = departments.Closing(move_to=form.move_to or None)
    after = await departments.close(organization_id, department_id, body, request, tx, principal)
    return _back(request, organization_id, f"{after.name} is closed.")


def _here(request: Request, organization_id: UUID) -> str:
    """The page's own address."""
    return f"{root_of(request, organization_id)}/departments"


def _back(request: Request, organization_id: UUID, text: str) -> Response:
    """Leads back to the page, with a message."""
    return done(request, _here(request, organization_id), text)
