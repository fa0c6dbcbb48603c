"""What went wrong, as a page for people: where pages are every refusal is HTML, elsewhere problem+json."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api import problems
from api.pages import own_organizations
from api.pages.acts import go, is_page, local_path
from api.pages.render import block, page
from api.pages.routing import DoneBefore
from api.request_id import request_id_of
from domain.errors import Refusal
from domain.principal import NoOrganization, Reauthenticate, Unauthenticated
from gateways.errors import Unavailable

Answer = Callable[[Request, Exception], Awaitable[Response]]
_UNREACHABLE = 503
_TITLES = {
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "This cannot be done now",
    422: "Something in the form is not right",
    429: "Too many tries",
    500: "Something went wrong",
    503: "Something we need does not answer",
}


def install(app: FastAPI) -> None:
    """Registers the pages' answers beside the doors'."""
    _register(app, Refusal, _refusal, problems.answer_refusal)
    _register(app, Unavailable, _unavailable, problems.answer_unavailable)
    _register(app, RequestValidationError, _validation, problems.answer_validation)
    _register(app, HTTPException, _http, problems.answer_http)
    _register(app, Exception, _unexpected, problems.answer_unexpected)
    app.add_exception_handler(ValidationError, _invalid_shape)
    app.add_exception_handler(DoneBefore, _done_before)


def _register(app: FastAPI, kind: type[Exception], pages: Answer, doors: Answer) -> None:
    """One kind of error, answered by where it happened."""

    async def answer(request: Request, error: Exception) -> Response:
        return await (pages if _for_people(request) else doors)(request, error)

    app.add_exception_handler(kind, answer)


def _for_people(request: Request) -> bool:
    """Whether a person reads the answer: at a page's path, or a browser at an address that nobody knows."""
    path = request.url.path
    mistyped = request.method == "GET" and not path.startswith("/v1/")
    return is_page(path) or (mistyped and "text/html" in request.headers.get("accept", ""))


async def _refusal(request: Request, error: Exception) -> Response:
    """A rule said no; who is not signed in is asked to."""
    refusal = cast("Refusal", error)
    if isinstance(refusal, Unauthenticated) and request.url.path != "/sign-in":
        return go(request, f"/sign-in?next={_back(request)}")
    if isinstance(refusal, Reauthenticate) and not request.url.path.startswith("/sign-in/"):
        return go(request, f"/sign-in/confirm?next={_back(request)}")
    if isinstance(refusal, NoOrganization) and request.headers.get("hx-request") != "true":
        return own_organizations.shown(request, status=403)
    return fault(request, problems.status_of(refusal), refusal.detail)


def _back(request: Request) -> str:
    """The page that was open, quoted: where signing in or confirming leads back to."""
    told = request.headers.get("hx-current-url") or _referer(request)
    open_page = urlsplit(told)
    shown = open_page if open_page.path else urlsplit(str(request.url))
    wanted = shown.path + (f"?{shown.query}" if shown.query else "")
    back = local_path(wanted) if request.method == "GET" or open_page.path else "/"
    return quote(back, safe="/")


def _referer(request: Request) -> str:
    """The page a plain form was sent from; a link's target is the page itself."""
    return request.headers.get("referer", "") if request.method != "GET" else ""


async def _unavailable(request: Request, error: Exception) -> Response:
    """Something outside did not answer."""
    return fault(request, _UNREACHABLE, cast("Unavailable", error).detail)


async def _validation(request: Request, error: Exception) -> Response:
    """Fields that cannot be what they say, each named."""
    faults = cast("RequestValidationError", error).errors()
    detail = "; ".join(f"{_field(found['loc'])}: {_told(found['msg'])}" for found in faults[:5])
    return fault(request, 422, detail)


def _field(location: tuple[int | str, ...]) -> str:
    """The field's name as people read it."""
    return str(location[-1]).replace("_", " ") if location else "form"


def _told(message: str) -> str:
    """The validator's message without its technical beginning."""
    return message.removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself."""
    known = cast("HTTPException", error)
    detail = {404: "There is no such page.", 405: "This cannot be done at this address."}
    return fault(request, known.status_code, detail.get(known.status_code, str(known.detail)))


async def _unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: logged with its trace, told without it."""
    problems.log_unexpected(request, error)
    detail = "It is our fault, and it is logged under the number below. Try again, or tell us the number."
    return fault(request, 500, detail)


async def _invalid_shape(request: Request, error: Exception) -> Response:
    """A form that is not a valid request of the door it leads to; anywhere else it is a mistake of ours."""
    if not is_page(request.url.path):
        raise error
    faults = cast("ValidationError", error).errors()
    detail = "; ".join(f"{_field(found['loc'])}: {_told(found['msg'])}" for found in faults[:5])
    return fault(request, 422, detail)


async def _done_before(request: Request, error: Exception) -> Response:
    """The form was sent twice; the second leads to where the first one led."""
    return go(request, cast("DoneBefore", error).to)


def fault(request: Request, status: int, detail: str) -> Response:
    """The fault as an alert beside the form that htmx sent, else as a whole page."""
    facts = {
        "status_code": status,
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "detail": detail,
        "request_id": request_id_of(request.scope),
    }
    if request.headers.get("hx-request") == "true":
        return block(request, "shell/fault.html", "alert", status=status, **facts)
    return page(request, "shell/fault.html", status=status, **facts)
