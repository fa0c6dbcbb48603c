"""Our own people: accounts, and invitations to colleagues."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import invites, staff
from api.invite_shapes import NewInvite, Resending
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.recent import Recent
from api.security import HouseTransaction, Principal, Transaction, needs
from api.temporal_link import process_link
from domain.ids import show
from domain.invite import STAFF_INVITE_ROLES
from domain.member import STAFF_MEANINGS

router = new_pages("/staff")
_PATH = "/console/staff"
Head = Annotated[Principal, Depends(needs("users:write"))]


@router.get("")
async def show_all(request: Request, tx: Transaction, pages: Pages, principal: Head) -> Response:
    """Accounts and invitations."""
    return page(
        request,
        "staff/list.html",
        people=(await staff.list_all(tx)).items,
        invites=await invites.list_for_staff(tx, pages),
        my_id=show("usr", principal.id),
        roles=STAFF_INVITE_ROLES,
        meanings=STAFF_MEANINGS,
        temporal_link=process_link(request),
    )


@router.post("/invites", dependencies=[Recent, OncePerForm])
async def invite(
    body: Annotated[NewInvite, Form()], request: Request, tx: HouseTransaction, principal: Head
) -> Response:
    """Invites a colleague."""
    made = await invites.create_for_staff(body, request, tx, principal)
    return done(request, _PATH, f"The invitation for {made.email} is on its way.")


@router.post("/invites/{invite_id}/resend", dependencies=[Recent, OncePerForm])
async def resend(
    invite_id: str,
    body: Annotated[Resending, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Head,
) -> Response:
    """Sends a new link."""
    again = await invites.resend(invite_id, request, tx, principal, body)
    return done(request, _PATH, f"A new invitation for {again.email} is on its way.")


@router.post("/invites/{invite_id}/revoke")
async def revoke(invite_id: str, request: Request, tx: HouseTransaction, principal: Head) -> Response:
    """Takes an invitation back."""
    ended = await invites.revoke(invite_id, request, tx, principal)
    return done(request, _PATH, f"The invitation for {ended.email} is taken back.")


@router.post("/{user_id}", dependencies=[Recent])
async def change(
    user_id: str,
    body: Annotated[staff.ColleagueChange, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Head,
) -> Response:
    """Changes a colleague's kind, or whether they may sign in."""
    changed = await staff.change(user_id, body, request, tx, principal)
    name = changed.name or changed.email
    told = f"{name} is {changed.role} now." if body.role else f"{name} is {changed.state} now."
    return done(request, _PATH, told)
