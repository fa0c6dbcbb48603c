"""What providers reported: the inbox, what each event says, and handling events again after a fix."""

from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response

from api import webhooks
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, needs
from db import attention
from db.webhooks import Filters
from domain.webhook import Source, WebhookState

router = new_pages("/webhooks")
Text = Annotated[str | None, Query(max_length=200)]
Replayer = Annotated[Principal, Depends(needs("webhooks:write"))]


@router.get("", dependencies=[Depends(needs("webhooks:read"))])
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    source: Source | None = None,
    state: WebhookState | None = None,
    kind: Text = None,
    object_id: Text = None,
) -> Response:
    """Events, the newest first."""
    wanted = Filters(source=source, state=state, kind=kind, object_id=object_id)
    found = await webhooks.list_webhooks(tx, wanted, pages)
    parked = (await attention.count(tx)).webhooks_parked
    return page(request, "webhooks/list.html", found=found, parked=parked)


@router.post("/replay", dependencies=[OncePerForm])
async def replay_parked(
    which: Annotated[webhooks.Which, Form()], request: Request, tx: HouseTransaction, principal: Replayer
) -> Response:
    """Handles parked events again, the oldest first."""
    said = await webhooks.replay_all_parked(which, request, tx, principal)
    events = "event is" if said.replayed == 1 else "events are"
    return done(request, "/console/webhooks", f"{said.replayed} {events} handled again.")


@router.get("/{webhook_id}", dependencies=[Depends(needs("webhooks:read"))])
async def show_one(webhook_id: webhooks.WebhookInPath, request: Request, tx: Transaction) -> Response:
    """One event with what the provider sent."""
    return page(request, "webhooks/one.html", event=await webhooks.get_webhook(webhook_id, tx))


@router.post("/{webhook_id}/replay", dependencies=[OncePerForm])
async def replay_one(
    webhook_id: webhooks.WebhookInPath, request: Request, tx: HouseTransaction, principal: Replayer
) -> Response:
    """Handles one event again."""
    event = await webhooks.replay_one(webhook_id, request, tx, principal)
    return done(request, f"/console/webhooks/{event.id}", "The event is handled again.")
