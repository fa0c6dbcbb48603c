"""What could not be handed to a process: what it was, why, and trying again or dismissing it."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import intents
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Transaction, needs

router = new_pages("/intents")
_HERE = "/console/intents"


@router.get("", dependencies=[Depends(needs("processes:read"))])
async def list_all(
    request: Request, tx: Transaction, pages: Pages, state: intents.State | None = None
) -> Response:
    """Intents that are not delivered, the newest first."""
    found = await intents.list_undelivered(tx, pages, state)
    return page(request, "intents/list.html", found=found)


@router.post("/{intent_id}/retry", dependencies=[OncePerForm])
async def retry(
    intent_id: intents.IntentInPath, request: Request, tx: HouseTransaction, principal: intents.Steerer
) -> Response:
    """Delivers a parked intent once more."""
    await intents.retry(intent_id, request, tx, principal)
    return done(request, _HERE, "It is delivered again.")


@router.post("/{intent_id}/dismiss", dependencies=[OncePerForm])
async def dismiss(
    intent_id: intents.IntentInPath,
    body: Annotated[intents.Dismissal, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: intents.Steerer,
) -> Response:
    """Gives a parked intent up."""
    await intents.give_up(intent_id, body, request, tx, principal)
    return done(request, _HERE, "It is dismissed and will not be delivered.")
