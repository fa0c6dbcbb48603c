"""Legal holds: placed and lifted by staff; while one is in force nothing is deleted."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from activities import legal_holds as acts
from api.deletion_shapes import NewHold, ShownHold
from api.paging import Page
from api.recent import Recent
from api.routing import HouseOnce, new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, actor_of, needs
from db import legal_holds, organizations, user_names
from db.engine import Tx
from domain.ids import read
from domain.legal_hold import LegalHold

router = new_router(prefix="/v1", tag="privacy")
Holder = Annotated[Principal, Depends(needs("holds:write"))]


@router.get("/organizations/{organization_id}/holds", dependencies=[Depends(needs("holds:write"))])
async def list_all(organization_id: OrganizationInPath, tx: HouseTransaction) -> Page[ShownHold]:
    """Every hold there was, the newest first."""
    await organizations.get(tx, organization_id=organization_id)
    found = await legal_holds.list_all(tx, organization_id=organization_id)
    names = await user_names.names(tx, user_ids={hold.placed_by for hold in found})
    return Page(items=[ShownHold.of(hold, names=names) for hold in found], next_cursor=None)


@router.post("/organizations/{organization_id}/holds", status_code=201, dependencies=[Recent, HouseOnce])
async def place(
    organization_id: OrganizationInPath,
    body: NewHold,
    request: Request,
    tx: HouseTransaction,
    principal: Holder,
) -> ShownHold:
    """Place a hold: deletion and erasure wait until it is lifted."""
    hold = await acts.place(
        tx,
        organization_id=organization_id,
        reason=body.reason,
        by=principal.id,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return await _shown(tx, hold)


@router.post("/holds/{hold_id}/lift", dependencies=[Recent, HouseOnce])
async def lift(
    hold_id: str, body: NewHold, request: Request, tx: HouseTransaction, principal: Holder
) -> ShownHold:
    """Lift a hold: what waited for it goes on."""
    hold = await acts.lift(
        tx,
        hold_id=read("hold", hold_id),
        reason=body.reason,
        by=principal.id,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return await _shown(tx, hold)


async def _shown(tx: Tx, hold: LegalHold) -> ShownHold:
    return ShownHold.of(hold, names=await user_names.names(tx, user_ids=[hold.placed_by]))
