"""Opening an account oneself: the address first, then name and password through the link."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.pages.acts import done
from api.pages.asking import zone_of
from api.pages.open_forms import AskedForLink, ask_for_link, open_form, require_own_form
from api.pages.routing import new_open_pages
from api.registrations import (
    NewAccount,
    address_of_link,
    address_to_ask,
    open_account,
    require_on,
    send_link,
)
from api.security import HouseTransaction, public
from domain.errors import Refusal
from domain.places import COUNTRIES, CURRENCIES
from domain.secret_link import LinkEnded

router = new_open_pages("/register")
_ASK, _OPEN = "sign_in/register.html", "sign_in/open_account.html"
_COMMON = ("USD", "EUR", "GBP")


class Chosen(BaseModel):
    """What the account begins with."""

    token: str = Field("", max_length=100)
    name: str = Field("", max_length=400)
    password: str = Field("", max_length=400)
    country: str = Field("US", max_length=16)
    currency: str = Field("USD", max_length=16)
    form_token: str = Field("", max_length=100)


@router.get("")
@public("who has no account cannot sign in")
async def show_ask(request: Request) -> Response:
    """The form that asks for a link."""
    try:
        require_on(request)
    except Refusal as refusal:
        return open_form(request, "sign_in/by_invitation.html", refusal)
    return open_form(request, _ASK, email="", sent=False)


@router.post("")
@public("the link goes to the address itself")
async def ask(form: Annotated[AskedForLink, Form()], request: Request) -> Response:
    """Sends the link, and says the same for every address."""
    return await ask_for_link(request, _ASK, form, address_to_ask=address_to_ask, send_link=send_link)


@router.get("/confirm")
@public("the link's token proves that one reads the address's mail; looking does not use it up")
async def show_open(
    request: Request, tx: HouseTransaction, token: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The form for name and password."""
    country = request.app.state.settings.legal_entity.country
    try:
        email = await address_of_link(tx, token)
    except LinkEnded as ended:
        return open_form(request, "sign_in/link_ended.html", ended)
    return _open_form(request, Chosen(token=token, country=country), email=email)


@router.post("/confirm")
@public("the link's token proves that one reads the address's mail")
async def open_it(form: Annotated[Chosen, Form()], request: Request) -> Response:
    """Opens the account, and goes on signed in."""
    try:
        require_own_form(request, form.form_token)
        facts = form.model_dump(exclude={"form_token"})
        opened = await open_account(request, NewAccount(**facts, time_zone=str(zone_of(request))))
    except LinkEnded as ended:
        return open_form(request, "sign_in/link_ended.html", ended)
    except Refusal as refusal:
        return _open_form(request, form, refusal)
    response = done(request, "/portal", "Welcome. Your account is open.")
    opened.hand_over(request, response)
    return response


def _open_form(
    request: Request, form: Chosen, refusal: Refusal | None = None, *, email: str = ""
) -> Response:
    """The form, with what was refused."""
    currencies = [*_COMMON, *sorted(CURRENCIES - set(_COMMON))]
    choices = {"countries": sorted(COUNTRIES), "currencies": currencies}
    return open_form(request, _OPEN, refusal, form=form, email=email, **choices)
