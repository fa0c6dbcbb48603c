"""One's own account: how one is called, the address one signs in with, the password."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api import account, email_changes
from api.cookies import write_session
from api.email_change_letters import send_link
from api.own_password import NewPassword, change_password
from api.own_proof import OwnProof
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import new_account
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs

router = new_account()
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class EmailForm(BaseModel):
    """The new address."""

    email: str = Field(max_length=320)


@router.get("")
async def show(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Name, address and password."""
    mine = await account.get_own(tx, person)
    waiting = await email_changes.get_waiting(tx, person)
    return page(request, "account/profile.html", account=mine, waiting=waiting, tab="profile")


@router.post("/name")
async def rename(
    form: Annotated[account.AccountChange, Form()], request: Request, tx: HouseTransaction, person: Person
) -> Response:
    """Changes how one is called."""
    changed = await account.change(form, request, tx, person)
    return done(request, "/account", f"You are called {changed.name} now.")


@router.post("/email", dependencies=[Recent, OwnProof])
async def ask_for_email(form: Annotated[EmailForm, Form()], request: Request, person: Person) -> Response:
    """Sends links to both addresses."""
    change, token = await email_changes.ask_for_change(request, person, email=form.email)
    response = done(request, "/account", f"Letters are on their way to {person.name} and {change.email}.")
    response.background = BackgroundTask(send_link, request, change, token)
    return response


@router.post("/email/cancel")
async def cancel_email(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Leaves the address as it is."""
    await email_changes.cancel_own(request, tx, person)
    return done(request, "/account", "Your e-mail address stays as it is.")


@router.post("/password")
async def set_password(form: Annotated[NewPassword, Form()], request: Request, person: Person) -> Response:
    """Changes the password."""
    _, token = await change_password(request, person, current=form.current, password=form.password)
    response = done(request, "/account", "Your password is changed. Every other browser is signed out.")
    write_session(request, response, token)
    return response
