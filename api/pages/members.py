"""Who belongs to an organization and who is asked to join, for its own people and for staff in the console."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from api import invites, members
from api.cookies import SESSION_COOKIE, drop_cookie
from api.invite_shapes import NewInvite, Resending
from api.pages.about import About, framed, in_console, root_of
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, needs
from api.temporal_link import process_link
from domain.ids import show
from domain.invite import ORGANIZATION_INVITE_ROLES
from domain.member import ROLE_MEANINGS

portal = new_portal()
console = new_pages("/organizations/{organization_id}")
Reader = Annotated[Principal, Depends(needs("members:read"))]
Manager = Annotated[Principal, Depends(needs("members:write"))]


@portal.get("/members")
@console.get("/people")
async def show_all(
    request: Request, tx: Transaction, pages: Pages, organization_id: About, principal: Reader
) -> Response:
    """Members, and for who may invite, the invitations."""
    found = (await members.list_members(organization_id, tx)).items
    managing = principal.can("members:write")
    owning = managing if in_console(request) else principal.role == "owner"
    my_id = show("usr", principal.id)
    return page(
        request,
        "organizations/people.html" if in_console(request) else "members/portal.html",
        **await framed(request, tx, organization_id, tab="people"),
        here=root_of(request, organization_id),
        members=found,
        invites=await invites.list_all(organization_id, tx, pages) if managing else None,
        managing=managing,
        owning=owning,
        my_id=my_id,
        last_owner=[member.user_id for member in found if member.role == "owner"] == [my_id],
        roles=ORGANIZATION_INVITE_ROLES if owning else ORGANIZATION_INVITE_ROLES[1:],
        meanings=ROLE_MEANINGS,
        temporal_link=process_link(request),
    )


@portal.post("/invites", dependencies=[OncePerForm])
@console.post("/invites", dependencies=[OncePerForm])
async def invite(
    organization_id: About,
    body: Annotated[NewInvite, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Invites somebody."""
    made = await invites.create(organization_id, body, request, tx, principal)
    return _back(request, organization_id, f"The invitation for {made.email} is on its way.")


@portal.post("/invites/{invite_id}/resend", dependencies=[OncePerForm])
@console.post("/invites/{invite_id}/resend", dependencies=[OncePerForm])
async def resend(
    organization_id: About,
    invite_id: str,
    body: Annotated[Resending, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Sends a new link."""
    again = await invites.resend(invite_id, request, tx, principal, body)
    return _back(request, organization_id, f"A new invitation for {again.email} is on its way.")


@portal.post("/invites/{invite_id}/revoke")
@console.post("/invites/{invite_id}/revoke")
async def revoke(
    organization_id: About, invite_id: str, request: Request, tx: HouseTransaction, principal: Manager
) -> Response:
    """Takes an invitation back."""
    ended = await invites.revoke(invite_id, request, tx, principal)
    return _back(request, organization_id, f"The invitation for {ended.email} is taken back.")


@portal.post("/members/leave")
async def leave(organization_id: About, request: Request, tx: HouseTransaction) -> Response:
    """Leaves the organization, and signs out of it."""
    principal: Principal = request.state.principal
    await members.leave(organization_id, request, tx, principal)
    response = done(request, "/sign-in", "You have left. Sign in again to see what else is yours.")
    drop_cookie(request, response, SESSION_COOKIE)
    return response


@portal.post("/members/{user_id}")
@console.post("/members/{user_id}")
async def change_role(
    organization_id: About,
    user_id: members.MemberInPath,
    body: Annotated[members.NewRole, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Gives a member another role."""
    changed = await members.change_role(organization_id, user_id, body, request, tx, principal)
    return _back(request, organization_id, f"{changed.name or changed.email} is {changed.role} now.")


@portal.post("/members/{user_id}/remove")
@console.post("/members/{user_id}/remove")
async def remove(
    organization_id: About,
    user_id: members.MemberInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Takes a member out."""
    await members.remove(organization_id, user_id, request, tx, principal)
    return _back(request, organization_id, "They are out, and signed out.")


def _back(request: Request, organization_id: UUID, text: str) -> Response:
    """Leads back to the page, with a message."""
    page_name = "people" if in_console(request) else "members"
    return done(request, f"{root_of(request, organization_id)}/{page_name}", text)
