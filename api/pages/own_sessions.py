"""One's own signed-in browsers."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api import sessions
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import new_account
from api.security import HouseTransaction, Principal, needs

router = new_account("/sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


@router.get("")
async def list_own(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Where one is signed in."""
    found = await sessions.list_own(tx, person)
    return page(request, "account/sessions.html", sessions=found.items, tab="sessions")


@router.post("/end-others")
async def end_others(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Signs every other browser out."""
    await sessions.end_others(request, tx, person)
    return done(request, "/account/sessions", "Every other browser is signed out.")


@router.post("/{session_id}/end")
async def end(session_id: str, request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Signs that browser out."""
    await sessions.end(session_id, request, tx, person)
    return done(request, "/account/sessions", "That browser is signed out.")
