"""A forgotten password: asking for a link, and choosing a new password with it."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.challenges import Challenged
from api.pages.acts import done, go
from api.pages.formats import sentence
from api.pages.open_forms import AskedForLink, ask_for_link, open_form, require_own_form
from api.pages.routing import new_open_pages
from api.password_resets import address_to_ask, enter, owner_of, send_link
from api.password_resets import choose as choose_password
from api.security import HouseTransaction, public
from domain.errors import Refusal
from domain.secret_link import LinkEnded
from domain.user import User

router = new_open_pages("/password")
_ASK, _CHOOSE = "sign_in/forgot.html", "sign_in/reset.html"


class Chosen(BaseModel):
    """The new password."""

    token: str = Field("", max_length=100)
    password: str = Field("", max_length=400)
    form_token: str = Field("", max_length=100)


@router.get("/forgot")
@public("who has forgotten their password cannot sign in")
async def show_ask(request: Request) -> Response:
    """The form that asks for a link."""
    return open_form(request, _ASK, email="", sent=False)


@router.post("/forgot")
@public("the link goes to the account's own address only")
async def ask(form: Annotated[AskedForLink, Form()], request: Request) -> Response:
    """Sends the link, and says the same for every address."""
    return await ask_for_link(request, _ASK, form, address_to_ask=address_to_ask, send_link=send_link)


@router.get("/reset")
@public("the link's token proves that one reads the account's mail; looking does not use it up")
async def show_choose(
    request: Request, tx: HouseTransaction, token: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The form for the new password."""
    try:
        user = await owner_of(tx, token)
    except LinkEnded as ended:
        return open_form(request, "sign_in/link_ended.html", ended)
    return open_form(request, _CHOOSE, token=token, email=user.email)


@router.post("/reset")
@public("the link's token proves that one reads the account's mail")
async def choose(form: Annotated[Chosen, Form()], request: Request) -> Response:
    """Sets the password, and goes on signed in, or to the second step."""
    try:
        require_own_form(request, form.form_token)
        user = await choose_password(request, token=form.token, password=form.password)
    except LinkEnded as ended:
        return open_form(request, "sign_in/link_ended.html", ended)
    except Refusal as refusal:
        return open_form(request, _CHOOSE, refusal, token=form.token, email="")
    return await _entered(request, user)


async def _entered(request: Request, user: User) -> Response:
    """On the way in; the password is changed and the link used up, whatever refuses the way in."""
    try:
        entered = await enter(request, user)
    except Refusal as refusal:
        told = f"Your password is changed. {sentence(refusal.detail)}"
        return done(request, "/sign-in", told, tone="warning")
    if isinstance(entered, Challenged):
        response = go(request, "/sign-in/second-factor")
    else:
        response = done(request, "/", "Your password is changed.")
    entered.hand_over(request, response)
    return response
