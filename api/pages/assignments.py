"""An organization's contractors: who of them sees it."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import assignments, organizations
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import new_pages
from api.security import HouseTransaction, OrganizationInPath, Principal, needs
from db import users
from domain.ids import show

router = new_pages("/organizations/{organization_id}/contractors")
Assigner = Annotated[Principal, Depends(needs("assignments:write"))]


class Chosen(BaseModel):
    """The contractor that a form names."""

    user_id: str = Field(max_length=64)


@router.get("", dependencies=[Depends(needs("assignments:write"))])
async def show_assigned(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction
) -> Response:
    """Who is assigned, and who could be."""
    assigned = (await assignments.list_assigned(organization_id, tx)).items
    known = {person.user_id for person in assigned}
    contractors = await users.list_contractors(tx)
    return page(
        request,
        "organizations/contractors.html",
        organization=await organizations.get(organization_id, tx),
        tab="contractors",
        assigned=assigned,
        offered=[(show("usr", one.id), one.email) for one in contractors if show("usr", one.id) not in known],
    )


@router.post("")
async def assign(
    organization_id: OrganizationInPath,
    form: Annotated[Chosen, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Assigner,
) -> Response:
    """Has a contractor see the organization."""
    await assignments.assign(organization_id, form.user_id, request, tx, principal)
    return done(request, _path(organization_id), "They see this organization now.")


@router.post("/{user_id}/end")
async def unassign(
    organization_id: OrganizationInPath,
    user_id: str,
    request: Request,
    tx: HouseTransaction,
    principal: Assigner,
) -> Response:
    """Has a contractor see it no longer."""
    await assignments.unassign(organization_id, user_id, request, tx, principal)
    return done(request, _path(organization_id), "They do not see this organization any more.")


def _path(organization_id: OrganizationInPath) -> str:
    """Back to the tab."""
    return f"/console/organizations/{show('org', organization_id)}/contractors"
