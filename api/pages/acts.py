"""Where an act leads: to the page that shows its effect, with a message."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.pages.flash import set_flash


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


def local_path(given: str) -> str:
    """A path of the console that somebody named, else the overview: nobody is led to another site."""
    safe = (
        given.startswith("/console")
        and given[8:9] in ("", "/", "?")
        and "\\" not in given
        and given.isprintable()
    )
    return given if safe and "//" not in given.partition("?")[0] else "/console"
