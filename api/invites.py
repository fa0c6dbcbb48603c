"""Invitations: sent, listed, sent anew, taken back."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from activities import inviting
from api.invite_shapes import NewInvite, Resending, ShownInvite, shown_invite
from api.paging import Page, Pages
from api.recent import Recent, require_fresh_proof
from api.routing import HouseOnce, new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, actor_of, needs
from db import invites, organizations, users
from db.engine import Tx
from domain.errors import Invalid
from domain.ids import read
from domain.invite import Invite
from domain.member import require_may_grant
from gateways.settings import Settings

router = new_router(tag="invites")
Inviter = Annotated[Principal, Depends(needs("members:write"))]
StaffInviter = Annotated[Principal, Depends(needs("users:write"))]


@router.post("/v1/organizations/{organization_id}/invites", status_code=201, dependencies=[HouseOnce])
async def create(
    organization_id: OrganizationInPath,
    body: NewInvite,
    request: Request,
    tx: HouseTransaction,
    principal: Inviter,
) -> ShownInvite:
    """Invite somebody by e-mail; only an owner, or our staff, may invite an owner."""
    require_may_grant(principal, body.role)
    return await _invite(request, tx, principal, body, organization_id)


@router.get("/v1/organizations/{organization_id}/invites", dependencies=[Depends(needs("members:write"))])
async def list_all(organization_id: OrganizationInPath, tx: Transaction, pages: Pages) -> Page[ShownInvite]:
    """Invitations into an organization: first those that wait for an answer, then the newest."""
    await organizations.get(tx, organization_id=organization_id)
    return await _page(tx, organization_id, pages)


@router.post("/v1/staff/invites", status_code=201, dependencies=[Recent, HouseOnce])
async def create_for_staff(
    body: NewInvite, request: Request, tx: HouseTransaction, principal: StaffInviter
) -> ShownInvite:
    """Invite a colleague: an admin of the back office, or a contractor."""
    return await _invite(request, tx, principal, body, None)


@router.get("/v1/staff/invites", dependencies=[Depends(needs("users:write"))])
async def list_for_staff(tx: Transaction, pages: Pages) -> Page[ShownInvite]:
    """Invitations into our staff: first those that wait for an answer, then the newest."""
    return await _page(tx, None, pages)


@router.get("/v1/invites/{invite_id}")
async def get(invite_id: str, tx: Transaction, principal: Inviter) -> ShownInvite:
    """One invitation."""
    found = await invites.get(tx, invite_id=read("inv", invite_id))
    principal.require_organization(found.organization_id)
    return shown_invite(found)


@router.post("/v1/invites/{invite_id}/resend", dependencies=[HouseOnce])
async def resend(
    invite_id: str, request: Request, tx: HouseTransaction, principal: Inviter, body: Resending | None = None
) -> ShownInvite:
    """Send a new link, where asked to a corrected address; the clock starts anew and older links are replaced.

    Into our staff with a fresh proof only, as the invitation was made.
    """
    before = await _own(tx, principal, invite_id)
    if before.organization_id is None:
        require_fresh_proof(request, principal)
    email = body.email if body else None
    lasts, actor = _lasts(request), actor_of(request, principal)
    after = await inviting.resend(tx, before, email=email, lasts=lasts, actor=actor, now=datetime.now(UTC))
    return shown_invite(after)


@router.post("/v1/invites/{invite_id}/revoke", dependencies=[HouseOnce])
async def revoke(invite_id: str, request: Request, tx: HouseTransaction, principal: Inviter) -> ShownInvite:
    """Take an invitation back; its links open nothing any more."""
    before = await _own(tx, principal, invite_id)
    actor = actor_of(request, principal)
    return shown_invite(await inviting.revoke(tx, before, actor=actor, now=datetime.now(UTC)))


async def _invite(
    request: Request, tx: Tx, principal: Principal, body: NewInvite, organization_id: UUID | None
) -> ShownInvite:
    """Invites into an organization, or into our staff."""
    made = await inviting.invite(
        tx,
        organization_id=organization_id,
        email=body.email,
        role=body.role,
        inviter=await _named(tx, request, principal),
        lasts=_lasts(request),
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return shown_invite(made)


async def _named(tx: Tx, request: Request, principal: Principal) -> str:
    """The name the letter gives: the person's; for a program the house's."""
    if principal.kind == "key":
        settings: Settings = request.app.state.settings
        return settings.legal_entity.name
    person = await users.get(tx, user_id=principal.id)
    return person.name or person.email


async def _own(tx: Tx, principal: Principal, invite_id: str) -> Invite:
    """The invitation, locked, if it is the caller's to act on.

    Raises:
        NotFound: it is somebody else's.
        Forbidden: it is an owner's, or into our staff.
    """
    found = await invites.lock(tx, invite_id=read("inv", invite_id))
    principal.require_organization(found.organization_id)
    if found.organization_id is None:
        principal.require("users:write")
    require_may_grant(principal, found.role)
    return found


async def _page(tx: Tx, organization_id: UUID | None, pages: Pages) -> Page[ShownInvite]:
    found = await invites.list_of(
        tx, organization_id=organization_id, limit=pages.fetch, after=_place(pages.cursor)
    )
    return pages.page(found, shown_invite, lambda it: f"{'waiting' if it.living else 'ended'} {it.id.hex}")


def _place(cursor: str | None) -> invites.Place | None:
    """Where the list goes on.

    Raises:
        Invalid: it is not a cursor of this list.
    """
    if cursor is None:
        return None
    state, _, identifier = cursor.partition(" ")
    try:
        return invites.Place(state == "waiting", UUID(identifier))
    except ValueError:
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None


def _lasts(request: Request) -> timedelta:
    """How long an invitation is good."""
    settings: Settings = request.app.state.settings
    return timedelta(days=settings.invite_days)
