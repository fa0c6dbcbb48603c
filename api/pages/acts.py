"""Where an act leads: to the page that shows its effect, with a message."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.pages.flash import set_flash

# The first part of every path that answers people, also when it refuses.
PAGE_ROOTS = frozenset(
    {
        "console",
        "portal",
        "account",
        "take-away",
        "invite",
        "pay",
        "sign-in",
        "sign-out",
        "sign-on",
        "password",
        "register",
        "email",
    }
)


def done(request: Request, to: str, text: str, *, tone: str = "success") -> Response:
    """Leads the browser to `to`, where the message is shown; the same with and without scripts."""
    response = go(request, to)
    set_flash(response, request, text, tone)
    return response


def go(request: Request, to: str) -> Response:
    """Leads the browser to `to`."""
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={"HX-Redirect": to, "Cache-Control": "no-store"})
    return RedirectResponse(to, 303, {"Cache-Control": "no-store"})


def local_path(given: str, *, otherwise: str = "/") -> str:
    """A page of ours that somebody named, else `otherwise`: nobody is led to another site."""
    head = given.partition("?")[0]
    safe = is_page(head) and "\\" not in given and given.isprintable() and "//" not in head
    return given if safe else otherwise


def is_page(path: str) -> bool:
    """Whether people, not programs, ask at this path."""
    return path.partition("/")[0] == "" and path[1:].partition("/")[0] in PAGE_ROOTS
