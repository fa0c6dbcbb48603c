"""The address without a path leads staff to the console, clients to the portal, everybody else to sign in.

Who is signed in without an organization is led to the page that says so.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.security import authenticate, public
from domain.principal import Principal, Unauthenticated

router = APIRouter(include_in_schema=False)


@router.get("/")
@public("leads to the console or the portal, or to where one signs in")
async def to_home(request: Request) -> Response:
    """Home."""
    try:
        principal = await authenticate(request)
    except Unauthenticated:
        return RedirectResponse("/sign-in", 307)
    return RedirectResponse(home_of(principal), 307)


def home_of(principal: Principal) -> str:
    """Where somebody begins: contractors at their clients, for the overview shows the whole house."""
    if principal.belongs_nowhere:
        return "/account/organizations"
    if not principal.can("console:view"):
        return "/portal"
    return "/console" if principal.is_staff else "/console/organizations"


@router.get("/console/sign-in")
@public("the sign-in page's former address")
async def to_sign_in() -> Response:
    """To where one signs in."""
    return RedirectResponse("/sign-in?next=/console", 307)
