"""Forms for people who are not signed in: each proves by a cookie that its answer comes from our own page."""

import secrets
from collections.abc import Awaitable, Callable
from hmac import compare_digest

from fastapi import Request, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api.cookies import read_cookie, write_cookie
from api.origins import refuse_foreign
from api.pages.render import page
from api.problems import status_of, wait_of
from domain.errors import Refusal
from domain.principal import CsrfRefused

_COOKIE = "backoffice_form"
_LASTS_SECONDS = 3600


class AskedForLink(BaseModel):
    """Where a letter with a link shall go."""

    email: str = Field("", max_length=320)
    form_token: str = Field("", max_length=100)


def open_form(request: Request, template: str, refusal: Refusal | None = None, **facts: object) -> Response:
    """The form, with what was refused; the template sends `form_token` back with it."""
    token = read_cookie(request, _COOKIE) or secrets.token_urlsafe(24)
    status = status_of(refusal) if refusal else 200
    refused = refusal.detail if refusal else ""
    response = page(request, template, status=status, form_token=token, refused=refused, **facts)
    response.headers.update(wait_of(refusal) if refusal else {})
    write_cookie(request, response, _COOKIE, token, seconds=_LASTS_SECONDS)
    return response


async def ask_for_link(
    request: Request,
    template: str,
    form: AskedForLink,
    *,
    address_to_ask: Callable[[Request, str], Awaitable[str]],
    send_link: Callable[[Request, str], Awaitable[None]],
) -> Response:
    """Says the same for every address; the letter is sent after the answer, so that its time tells nothing."""
    try:
        require_own_form(request, form.form_token)
        address = await address_to_ask(request, form.email)
    except Refusal as refusal:
        return open_form(request, template, refusal, email=form.email, sent=False)
    response = open_form(request, template, email=form.email, sent=True)
    response.background = BackgroundTask(send_link, request, address)
    return response


def require_own_form(request: Request, token: str) -> None:
    """Refuses a form that another site made the browser send.

    Raises:
        CsrfRefused: the form's token is not the cookie's, or the browser says where it began.
    """
    refuse_foreign(request)
    kept = read_cookie(request, _COOKIE)
    if not kept or not compare_digest(kept.encode(), token.encode()):
        raise CsrfRefused("The page was open for too long. Please try again.")
