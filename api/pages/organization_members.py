"""The console's acts on an organization's members and invitations."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from api import invites, members
from api.invite_shapes import NewInvite, Resending
from api.pages.acts import done
from api.pages.routing import OncePerForm, new_pages
from api.security import HouseTransaction, OrganizationInPath, Principal, needs
from domain.ids import show

router = new_pages("/organizations/{organization_id}")
Manager = Annotated[Principal, Depends(needs("members:write"))]


@router.post("/invites", dependencies=[OncePerForm])
async def invite(
    organization_id: OrganizationInPath,
    body: Annotated[NewInvite, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Invites somebody."""
    made = await invites.create(organization_id, body, request, tx, principal)
    return done(request, _people(organization_id), f"The invitation for {made.email} is on its way.")


@router.post("/invites/{invite_id}/resend", dependencies=[OncePerForm])
async def resend(
    organization_id: OrganizationInPath,
    invite_id: str,
    body: Annotated[Resending, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Sends a new link."""
    again = await invites.resend(invite_id, request, tx, principal, body)
    return done(request, _people(organization_id), f"A new invitation for {again.email} is on its way.")


@router.post("/invites/{invite_id}/revoke")
async def revoke(
    organization_id: OrganizationInPath,
    invite_id: str,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Takes an invitation back."""
    ended = await invites.revoke(invite_id, request, tx, principal)
    return done(request, _people(organization_id), f"The invitation for {ended.email} is taken back.")


@router.post("/members/{user_id}")
async def change_role(
    organization_id: OrganizationInPath,
    user_id: members.MemberInPath,
    body: Annotated[members.NewRole, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Gives a member another role."""
    changed = await members.change_role(organization_id, user_id, body, request, tx, principal)
    return done(request, _people(organization_id), f"{changed.name or changed.email} is {changed.role} now.")


@router.post("/members/{user_id}/remove")
async def remove(
    organization_id: OrganizationInPath,
    user_id: members.MemberInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Takes a member out."""
    await members.remove(organization_id, user_id, request, tx, principal)
    return done(request, _people(organization_id), "They are out, and signed out.")


def _people(organization_id: UUID) -> str:
    return f"/console/organizations/{show('org', organization_id)}/people"
