"""Signing in, and out; staff come to the console, clients to the portal."""

import secrets
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api import sessions
from api.identities import SESSION_COOKIE
from api.pages.acts import done, go, local_path
from api.pages.render import page
from api.pages.routing import new_open_pages
from api.problems import status_of
from api.security import HouseTransaction, Principal, needs, public
from api.signing_in import set_cookie, sign_in
from domain.errors import Refusal
from domain.principal import CsrfRefused, Unauthenticated
from domain.user import TooManyAttempts

router = new_open_pages()
_FORM_COOKIE = "backoffice_sign_in"
_FORM_LASTS_SECONDS = 3600


class SignIn(BaseModel):
    """The form."""

    email: str = Field("", max_length=320)
    password: str = Field("", max_length=400)
    next: str = Field("/", max_length=2000)
    form_token: str = Field("", max_length=100)


@router.get("/sign-in")
@public("this is where one signs in")
async def show_form(
    request: Request, back_to: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """The sign-in form."""
    return _form(request, SignIn(next=local_path(back_to)))


@router.post("/sign-in")
@public("this is how one signs in; guessing is slowed down by account and address")
async def submit(form: Annotated[SignIn, Form()], request: Request) -> Response:
    """Signs in and leads to the page that was wanted."""
    try:
        _require_own_form(request, form)
        opened = await sign_in(request, email=form.email, password=form.password)
    except (Unauthenticated, TooManyAttempts, CsrfRefused) as refusal:
        return _form(request, form, refusal)
    response = go(request, local_path(form.next))
    set_cookie(request, response, opened.token)
    response.delete_cookie(_FORM_COOKIE, path="/sign-in")
    return response


@router.post("/sign-out")
async def sign_out(
    request: Request, tx: HouseTransaction, person: Annotated[Principal, Depends(needs("sessions:own"))]
) -> Response:
    """Ends this session."""
    response = done(request, "/sign-in", "You are signed out.")
    await sessions.end_current(request, response, tx, person)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _form(request: Request, form: SignIn, refusal: Refusal | None = None) -> Response:
    """The form, with what was refused; its token proves that the answer comes from it."""
    token = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
    status = status_of(refusal) if refusal else 200
    response = page(
        request,
        "sign_in/form.html",
        status=status,
        form=form,
        form_token=token,
        refused=refusal.detail if refusal else "",
    )
    secure = request.app.state.settings.public_url.startswith("https://")
    response.set_cookie(
        _FORM_COOKIE,
        token,
        max_age=_FORM_LASTS_SECONDS,
        path="/sign-in",
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    return response


def _require_own_form(request: Request, form: SignIn) -> None:
    """Refuses a form that another site made the browser send.

    Raises:
        CsrfRefused: the form's token is not the cookie's.
    """
    kept = request.cookies.get(_FORM_COOKIE, "")
    if not kept or not compare_digest(kept.encode(), form.form_token.encode()):
        raise CsrfRefused("The page was open for too long. Please sign in again.")
