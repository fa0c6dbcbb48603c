"""Signing in, and out; staff come to the console, clients to the portal."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api import sessions
from api.challenges import Challenged, drop_challenge, held_challenge
from api.pages.acts import done, go, local_path
from api.pages.open_forms import open_form, require_own_form
from api.pages.routing import new_open_pages
from api.pages.sign_on import lead_on
from api.second_step import pass_by_code
from api.security import HouseTransaction, Principal, needs, public
from api.signing_in import sign_in
from domain.errors import Refusal
from domain.second_factor import ChallengeEnded
from domain.sign_on import SignOnRequired

router = new_open_pages()
Next = Annotated[str, Query(alias="next", max_length=2000)]


class SignIn(BaseModel):
    """The form."""

    email: str = Field("", max_length=320)
    password: str = Field("", max_length=400)
    next: str = Field("/", max_length=2000)
    form_token: str = Field("", max_length=100)


class Code(BaseModel):
    """The second form."""

    code: str = Field("", max_length=40)
    next: str = Field("/", max_length=2000)
    form_token: str = Field("", max_length=100)


@router.get("/sign-in")
@public("this is where one signs in")
async def show_form(request: Request, back_to: Next = "/") -> Response:
    """The sign-in form."""
    return _form(request, SignIn(next=local_path(back_to)))


@router.post("/sign-in")
@public("this is how one signs in; guessing is slowed down by account and address")
async def submit(form: Annotated[SignIn, Form()], request: Request) -> Response:
    """Signs in and leads to the page that was wanted, or to the second step."""
    try:
        require_own_form(request, form.form_token)
        found = await sign_in(request, email=form.email, password=form.password)
    except SignOnRequired as required:
        return await lead_on(request, required, email=form.email, back_to=local_path(form.next))
    except Refusal as refusal:
        return _form(request, form, refusal)
    wanted = local_path(form.next)
    to = f"/sign-in/second-factor?{urlencode({'next': wanted})}" if isinstance(found, Challenged) else wanted
    response = go(request, to)
    found.hand_over(request, response)
    return response


@router.get("/sign-in/second-factor")
@public("the second step of signing in, for who holds the question of the first")
async def show_code_form(request: Request, back_to: Next = "/") -> Response:
    """The form for the code."""
    if not held_challenge(request):
        return _form(request, SignIn(next=local_path(back_to)))
    return open_form(request, "sign_in/second_factor.html", form=Code(next=local_path(back_to)))


@router.post("/sign-in/second-factor")
@public("the second step of signing in; guessing is slowed down by account and address")
async def give_code(form: Annotated[Code, Form()], request: Request) -> Response:
    """Signs in by the code."""
    try:
        require_own_form(request, form.form_token)
        opened = await pass_by_code(request, token=held_challenge(request), code=form.code)
    except ChallengeEnded as ended:
        return _form(request, SignIn(next=local_path(form.next)), ended)
    except Refusal as refusal:
        return open_form(request, "sign_in/second_factor.html", refusal, form=form)
    response = go(request, local_path(form.next))
    opened.hand_over(request, response)
    drop_challenge(request, response)
    return response


@router.post("/sign-out")
async def sign_out(
    request: Request, tx: HouseTransaction, person: Annotated[Principal, Depends(needs("sessions:own"))]
) -> Response:
    """Ends this session."""
    response = done(request, "/sign-in", "You are signed out.")
    await sessions.end_current(request, response, tx, person)
    return response


def _form(request: Request, form: SignIn, refusal: Refusal | None = None) -> Response:
    """The form, with what was refused."""
    may_register = request.app.state.settings.self_registration
    return open_form(request, "sign_in/form.html", refusal, form=form, may_register=may_register)
