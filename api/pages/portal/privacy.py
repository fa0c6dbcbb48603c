"""The reader's organization: its archives, its deletion, its certificates."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import certificates, data_exports, deletions, organizations
from api.deletion_shapes import NewDeletion, ShownDeletion
from api.deletions import DeletionInPath
from api.pages.acts import done
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import OncePerForm, new_portal
from api.paging import Paging
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs
from domain.deletion import LIVING
from domain.ids import show

router = new_portal("/settings/privacy")
Asker = Annotated[Principal, Depends(needs("deletions:request"))]
_HOME = "/portal/settings/privacy"


@router.get("", dependencies=[Depends(needs("privacy:read"))])
async def show_privacy(
    request: Request,
    tx: HouseTransaction,
    organization_id: Mine,
    principal: Annotated[Principal, Depends(needs("privacy:read"))],
) -> Response:
    """Archives, deletion and certificates."""
    asks = principal.can("deletions:request")
    return page(
        request,
        "portal/settings/privacy.html",
        organization=await organizations.get(organization_id, tx),
        exports=(await data_exports.list_all(organization_id, tx)).items,
        deletion=await _living(tx, organization_id),
        preview=await deletions.preview(organization_id, tx) if asks else None,
        certificates=(await certificates.list_all(organization_id, tx)).items,
    )


@router.post("/exports", dependencies=[OncePerForm])
async def export(
    request: Request,
    tx: HouseTransaction,
    organization_id: Mine,
    principal: Annotated[Principal, Depends(needs("privacy:write"))],
) -> Response:
    """Asks for an archive."""
    await data_exports.ask(organization_id, request, tx, principal)
    return done(request, _HOME, "The archive is being made; you get a letter when it is ready.")


@router.post("/deletion", dependencies=[Recent, OncePerForm])
async def ask(
    body: Annotated[NewDeletion, Form()],
    request: Request,
    tx: HouseTransaction,
    organization_id: Mine,
    principal: Asker,
) -> Response:
    """Asks for the deletion."""
    await deletions.ask(organization_id, body, request, tx, principal)
    return done(request, _HOME, "We have your request; nothing is deleted yet. All owners get a letter.")


@router.post("/deletion/{deletion_id}/restore", dependencies=[OncePerForm])
async def restore(
    deletion_id: DeletionInPath, request: Request, tx: HouseTransaction, principal: Asker
) -> Response:
    """Takes it back."""
    after = await deletions.restore(deletion_id, request, tx, principal)
    return done(request, _HOME, f"{after.organization} is as it was. Nothing is deleted.")


async def _living(tx: HouseTransaction, organization_id: Mine) -> ShownDeletion | None:
    """The request that is not over, if there is one."""
    found = await deletions.list_all(tx, Paging(1, None), None, show("org", organization_id))
    return next((each for each in found.items if each.state in LIVING), None)
