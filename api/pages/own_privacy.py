"""One's own data: the archive, and the erasure of the account."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api import data_exports, erasures
from api.own_proof import OwnProof
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_account
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs
from db import erasures as kept

router = new_account("/privacy")
Person = Annotated[Principal, Depends(needs("sessions:own"))]
_HOME = "/account/privacy"


@router.get("")
async def show_privacy(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """One's archives, and what an erasure would do."""
    latest = await kept.find_latest(tx, user_id=person.id)
    living = latest if latest and latest.state in ("scheduled", "finishing") else None
    return page(
        request,
        "account/privacy.html",
        tab="privacy",
        exports=(await data_exports.list_own(tx, person)).items,
        erasure=living,
        preview=await erasures.preview(tx, person),
        staff=person.kind == "staff",
    )


@router.post("/exports", dependencies=[OwnProof, OncePerForm])
async def export(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Asks for one's archive."""
    await data_exports.ask_own(request, tx, person)
    return done(request, _HOME, "The archive is being made; you get a letter when it is ready.")


@router.post("/erasure", dependencies=[Recent, OwnProof, OncePerForm])
async def ask(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Asks for the erasure."""
    await erasures.ask(request, tx, person)
    return done(request, _HOME, "Your account will be erased; until then you can keep it.", tone="warning")


@router.post("/erasure/cancel", dependencies=[OncePerForm])
async def cancel(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Keeps the account."""
    await erasures.cancel(request, tx, person)
    return done(request, _HOME, "Your account stays.")
