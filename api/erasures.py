"""Erasing one's own account: asked for, taken back within its days of grace."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from activities import erasures as acts
from api.deletion_shapes import ShownPart
from api.deletions import terms_of
from api.own_proof import OwnProof
from api.recent import Recent
from api.routing import HouseOnce, new_router
from api.security import HouseTransaction, Principal, actor_of, needs
from db import erasures
from db.erasing import people
from domain.erasure import Erasure, ErasureState
from domain.errors import NotFound

router = new_router(prefix="/v1/me/erasure", tag="privacy")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class ShownErasure(BaseModel):
    """The erasure of one's own account."""

    id: str
    state: ErasureState
    requested_at: datetime
    erases_at: datetime
    cancelled_at: datetime | None


class ShownErasurePreview(BaseModel):
    """What would go, and what would stay and why."""

    goes: list[ShownPart]
    stays: list[ShownPart]


@router.get("/preview")
async def preview(tx: HouseTransaction, person: Person) -> ShownErasurePreview:
    """What would go, and what would stay and why."""
    goes, stays = await people.preview(tx, user_id=person.id)
    return ShownErasurePreview(
        goes=[ShownPart(what=part.noun, count=part.count) for part in goes if part.count],
        stays=[ShownPart(what=part.noun, count=part.count, why=part.reason) for part in stays if part.count],
    )


@router.get("")
async def get(tx: HouseTransaction, person: Person) -> ShownErasure:
    """One's newest request."""
    return _shown(await _latest(tx, person))


@router.post("", status_code=202, dependencies=[Recent, OwnProof, HouseOnce])
async def ask(request: Request, tx: HouseTransaction, person: Person) -> ShownErasure:
    """Ask for one's account to be erased after its days of grace."""
    erasure = await acts.request(
        tx,
        person.id,
        staff=person.kind == "staff",
        terms=terms_of(request),
        actor=actor_of(request, person),
        now=datetime.now(UTC),
    )
    return _shown(erasure)


@router.delete("")
async def cancel(request: Request, tx: HouseTransaction, person: Person) -> ShownErasure:
    """Keep the account."""
    latest = await _latest(tx, person)
    actor = actor_of(request, person)
    return _shown(await acts.cancel(tx, latest.id, actor=actor, now=datetime.now(UTC)))


async def _latest(tx: HouseTransaction, person: Principal) -> Erasure:
    found = await erasures.find_latest(tx, user_id=person.id)
    if found is None:
        raise NotFound("You have not asked for your account to be erased")
    return found


def _shown(erasure: Erasure) -> ShownErasure:
    facts = {name: getattr(erasure, name) for name in ShownErasure.model_fields if name != "id"}
    return ShownErasure(id=erasure.shown_id, **facts)
