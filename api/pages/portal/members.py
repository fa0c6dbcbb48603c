"""The portal's page of who belongs, and who is asked to join."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import invites, members
from api.cookies import SESSION_COOKIE, drop_cookie
from api.invite_shapes import NewInvite, Resending, ShownInvite
from api.pages.acts import done
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import OncePerForm, new_portal
from api.paging import Paging
from api.security import HouseTransaction, Principal, Transaction, needs
from db.engine import Tx
from domain.ids import show
from domain.invite import ORGANIZATION_INVITE_ROLES
from domain.member import ROLE_MEANINGS

router = new_portal()
_PATH = "/portal/members"
_MOST = 100
Reader = Annotated[Principal, Depends(needs("members:read"))]
Manager = Annotated[Principal, Depends(needs("members:write"))]


@router.get("/members")
async def show_all(request: Request, tx: Transaction, organization_id: Mine, principal: Reader) -> Response:
    """Members, and for who may invite, the invitations."""
    found = (await members.list_members(organization_id, tx)).items
    owners = [member.user_id for member in found if member.role == "owner"]
    owning, my_id = principal.role == "owner", show("usr", principal.id)
    return page(
        request,
        "members/portal.html",
        members=found,
        invites=await _invites(tx, organization_id, principal),
        managing=principal.can("members:write"),
        owning=owning,
        my_id=my_id,
        last_owner=owners == [my_id],
        roles=ORGANIZATION_INVITE_ROLES if owning else ORGANIZATION_INVITE_ROLES[1:],
        meanings=ROLE_MEANINGS,
    )


@router.post("/invites", dependencies=[OncePerForm])
async def invite(
    organization_id: Mine,
    body: Annotated[NewInvite, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Invites somebody."""
    made = await invites.create(organization_id, body, request, tx, principal)
    return done(request, _PATH, f"The invitation for {made.email} is on its way.")


@router.post("/invites/{invite_id}/resend", dependencies=[OncePerForm])
async def resend(
    invite_id: str,
    body: Annotated[Resending, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Sends a new link."""
    again = await invites.resend(invite_id, request, tx, principal, body)
    return done(request, _PATH, f"A new invitation for {again.email} is on its way.")


@router.post("/invites/{invite_id}/revoke")
async def revoke(invite_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> Response:
    """Takes an invitation back."""
    ended = await invites.revoke(invite_id, request, tx, principal)
    return done(request, _PATH, f"The invitation for {ended.email} is taken back.")


@router.post("/members/leave")
async def leave(organization_id: Mine, request: Request, tx: HouseTransaction) -> Response:
    """Leaves the organization, and signs out of it."""
    principal: Principal = request.state.principal
    await members.leave(organization_id, request, tx, principal)
    response = done(request, "/sign-in", "You have left. Sign in again to see what else is yours.")
    drop_cookie(request, response, SESSION_COOKIE)
    return response


@router.post("/members/{user_id}")
async def change_role(
    organization_id: Mine,
    user_id: members.MemberInPath,
    body: Annotated[members.NewRole, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Gives a member another role."""
    changed = await members.change_role(organization_id, user_id, body, request, tx, principal)
    return done(request, _PATH, f"{changed.name or changed.email} is {changed.role} now.")


@router.post("/members/{user_id}/remove")
async def remove(
    organization_id: Mine,
    user_id: members.MemberInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Takes a member out."""
    await members.remove(organization_id, user_id, request, tx, principal)
    return done(request, _PATH, "They are out, and signed out.")


async def _invites(tx: Tx, organization_id: Mine, principal: Principal) -> list[ShownInvite]:
    """The newest invitations, for those who may see them."""
    if not principal.can("members:write"):
        return []
    return (await invites.list_all(organization_id, tx, Paging(_MOST, None))).items
