"""What committed facts wanted of processes and could not be handed over: seen, tried again, or dismissed."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from activities.intents import dismiss, try_again
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import intents
from domain.ids import read, show
from domain.intent import IntentKind, Undelivered

router = new_router(prefix="/v1/intents", tag="processes")
State = Literal["waiting", "parked"]
Steerer = Annotated[Principal, Depends(needs("processes:steer"))]


class ShownIntent(BaseModel):
    """A start, signal or update that its process has not taken; `parked` ones wait for somebody to decide."""

    id: str
    kind: IntentKind
    process: str = Field(description="The kind of process")
    process_id: str
    name: str = Field(description="The signal's or update's; empty for a start")
    state: State
    attempts: int
    last_error: str
    organization_id: str | None
    created_at: datetime
    due_at: datetime
    parked_at: datetime | None


class Dismissal(BaseModel):
    """Why an intent is given up; it stands in the audit log."""

    reason: str = Field(min_length=1, max_length=200)


def shown(intent: Undelivered) -> ShownIntent:
    """The intent as the doors show it."""
    return ShownIntent(
        id=show("int", intent.id),
        kind=intent.kind,
        process=intent.workflow,
        process_id=intent.workflow_id,
        name=intent.name,
        state=intent.state,
        attempts=intent.attempts,
        last_error=intent.last_error,
        organization_id=show("org", intent.organization_id) if intent.organization_id else None,
        created_at=intent.created_at,
        due_at=intent.due_at,
        parked_at=intent.parked_at,
    )


@router.get("", dependencies=[Depends(needs("processes:read"))])
async def list_undelivered(
    tx: Transaction,
    paging: Pages,
    state: Annotated[State | None, Query(description="Without it, both")] = None,
) -> Page[ShownIntent]:
    """Intents that are not delivered, the newest first."""
    parked = None if state is None else state == "parked"
    found = await intents.list_undelivered(tx, parked=parked, after=paging.after_id, limit=paging.fetch)
    return paging.page(list(found), shown, lambda intent: intent.id)


def intent_in_path(intent_id: str) -> UUID:
    """The intent named in the path."""
    return read("int", intent_id)


IntentInPath = Annotated[UUID, Depends(intent_in_path)]


@router.post("/{intent_id}/retry", status_code=202, dependencies=[Once])
async def retry(
    intent_id: IntentInPath, request: Request, tx: Transaction, principal: Steerer
) -> ShownIntent:
    """Deliver a parked intent once more, after what stood in its way was mended."""
    actor = actor_of(request, principal)
    return shown(await try_again(tx, intent_id=intent_id, actor=actor, now=datetime.now(UTC)))


@router.post("/{intent_id}/dismiss", status_code=204, dependencies=[Once])
async def give_up(
    intent_id: IntentInPath, body: Dismissal, request: Request, tx: Transaction, principal: Steerer
) -> None:
    """Never deliver a parked intent; later ones of its process go on."""
    actor, now = actor_of(request, principal), datetime.now(UTC)
    await dismiss(tx, intent_id=intent_id, reason=body.reason, actor=actor, now=now)
