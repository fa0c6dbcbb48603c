"""Forms for people who are not signed in: each proves by a cookie that its answer comes from our own page."""

import secrets
from hmac import compare_digest

from fastapi import Request, Response

from api.cookies import read_cookie, write_cookie
from api.origins import refuse_foreign
from api.pages.render import page
from api.problems import status_of
from domain.errors import Refusal
from domain.principal import CsrfRefused

_COOKIE = "backoffice_form"
_LASTS_SECONDS = 3600


def open_form(request: Request, template: str, refusal: Refusal | None = None, **facts: object) -> Response:
    """The form, with what was refused; the template sends `form_token` back with it."""
    token = read_cookie(request, _COOKIE) or secrets.token_urlsafe(24)
    status = status_of(refusal) if refusal else 200
    refused = refusal.detail if refusal else ""
    response = page(request, template, status=status, form_token=token, refused=refused, **facts)
    write_cookie(request, response, _COOKIE, token, seconds=_LASTS_SECONDS)
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
