"""The links of a change of e-mail address: looking changes nothing; a button confirms or cancels."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.email_changes import cancel_change, change_of, confirm_change
from api.pages.open_forms import open_form, require_own_form
from api.pages.routing import new_open_pages
from api.security import HouseTransaction, public
from db import users
from domain.errors import Refusal
from domain.secret_link import LinkEnded
from domain.user import token_hash

router = new_open_pages("/email/change")
_ENDED, _DONE = "sign_in/link_ended.html", "sign_in/email_change_done.html"


class Link(BaseModel):
    """The token of the letter's link."""

    token: str = Field("", max_length=100)
    form_token: str = Field("", max_length=100)


@router.get("")
@public("the link's token proves that one reads the address's mail; looking does not use it up")
async def show(
    request: Request, tx: HouseTransaction, token: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """What would change, with both buttons."""
    try:
        change = await change_of(tx, token)
    except LinkEnded as ended:
        return open_form(request, _ENDED, ended)
    user = await users.get(tx, user_id=change.user_id)
    side = change.side_of(token_hash(token))
    facts = {"token": token, "old": user.email, "new": change.email, "side": side}
    return open_form(request, "sign_in/email_change.html", **facts)


@router.post("/confirm")
@public("the link's token proves that one reads the address's mail")
async def confirm(form: Annotated[Link, Form()], request: Request, tx: HouseTransaction) -> Response:
    """Confirms at this address."""
    require_own_form(request, form.form_token)
    try:
        state = await confirm_change(tx, request, token=form.token)
    except Refusal as refusal:
        return open_form(request, _ENDED, refusal)
    return open_form(request, _DONE, state=state)


@router.post("/cancel")
@public("the link's token proves that one reads the address's mail")
async def cancel(form: Annotated[Link, Form()], request: Request, tx: HouseTransaction) -> Response:
    """Leaves the address as it is."""
    require_own_form(request, form.form_token)
    try:
        await cancel_change(tx, request, token=form.token)
    except Refusal as refusal:
        return open_form(request, _ENDED, refusal)
    return open_form(request, _DONE, state="cancelled")
