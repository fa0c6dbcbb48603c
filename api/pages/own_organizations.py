"""The organizations one belongs to, and which of them one works in; who belongs to none reads what can be done."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api.pages.portal import switching
from api.pages.render import page
from api.pages.routing import new_account
from api.security import HouseTransaction, Principal, needs
from api.session_renewal import renews

router = new_account("/organizations")


@router.get("")
async def show(request: Request) -> Response:
    """Where one belongs."""
    return shown(request)


@router.post("")
@renews
async def choose(
    form: Annotated[switching.Choice, Form()],
    request: Request,
    tx: HouseTransaction,
    person: Annotated[Principal, Depends(needs("sessions:own"))],
) -> Response:
    """Leads to the portal of another of one's organizations."""
    return await switching.switch(form, request, tx, person)


def shown(request: Request, *, status: int = 200) -> Response:
    """The page; also the answer wherever an organization is needed and the session has none."""
    return page(request, "account/organizations.html", status=status, tab="organizations")
