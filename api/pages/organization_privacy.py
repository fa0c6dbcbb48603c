"""An organization's legal holds, its deletion and its archives, for staff."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import certificates, data_exports, deletions, legal_holds, organizations
from api.deletion_shapes import NewDeletion, NewHold
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Paging
from api.recent import Recent
from api.security import HouseTransaction, OrganizationInPath, Principal, needs
from domain.ids import show

router = new_pages("/organizations/{organization_id}/privacy")
Holder = Annotated[Principal, Depends(needs("holds:write"))]


@router.get("", dependencies=[Depends(needs("holds:write")), Depends(needs("privacy:read"))])
async def show_privacy(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction
) -> Response:
    """Holds, deletion, archives and certificates."""
    asked = await deletions.list_all(tx, Paging(5, None), None, show("org", organization_id))
    return page(
        request,
        "organizations/privacy.html",
        organization=await organizations.get(organization_id, tx),
        tab="privacy",
        holds=(await legal_holds.list_all(organization_id, tx)).items,
        deletions=asked.items,
        preview=await deletions.preview(organization_id, tx),
        exports=(await data_exports.list_all(organization_id, tx)).items,
        certificates=(await certificates.list_all(organization_id, tx)).items,
    )


@router.post("/holds", dependencies=[Recent, OncePerForm])
async def place_hold(
    organization_id: OrganizationInPath,
    body: Annotated[NewHold, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Holder,
) -> Response:
    """Places a legal hold."""
    await legal_holds.place(organization_id, body, request, tx, principal)
    return done(request, _path(organization_id), "The legal hold is in force: nothing is deleted.")


@router.post("/holds/{hold_id}/lift", dependencies=[Recent, OncePerForm])
async def lift_hold(
    organization_id: OrganizationInPath,
    hold_id: str,
    body: Annotated[NewHold, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Holder,
) -> Response:
    """Lifts a legal hold."""
    await legal_holds.lift(hold_id, body, request, tx, principal)
    return done(request, _path(organization_id), "The legal hold is lifted.", tone="warning")


@router.post("/deletion", dependencies=[Recent, OncePerForm])
async def ask(
    organization_id: OrganizationInPath,
    body: Annotated[NewDeletion, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("deletions:request"))],
) -> Response:
    """Asks for the deletion."""
    made = await deletions.ask(organization_id, body, request, tx, principal)
    text = "Asked. A second person of the staff has to approve; they have a letter."
    return done(request, f"/console/deletions/{made.id}", text)


@router.post("/exports", dependencies=[OncePerForm])
async def export(
    organization_id: OrganizationInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("privacy:write"))],
) -> Response:
    """Asks for an archive."""
    await data_exports.ask(organization_id, request, tx, principal)
    return done(
        request, _path(organization_id), "The archive is being made; you get a letter when it is ready."
    )


def _path(organization_id: OrganizationInPath) -> str:
    return f"/console/organizations/{show('org', organization_id)}/privacy"
