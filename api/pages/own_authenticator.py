"""One's own second factor: setting up an authenticator app, recovery codes, turning it off."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import account, own_authenticator
from api.cookies import write_session
from api.own_authenticator import picture_of, turn_on
from api.own_proof import OwnProof
from api.pages.acts import done, go
from api.pages.render import page
from api.pages.routing import new_account
from api.problems import status_of
from api.recent import Recent
from api.security import HouseTransaction, Principal, database_of, needs
from domain.errors import Refusal

router = new_account("/second-factor")
Person = Annotated[Principal, Depends(needs("sessions:own"))]
_HERE = "/account/second-factor"


class FirstCode(BaseModel):
    """The code that the app shows."""

    code: str = Field("", max_length=40)


@router.get("")
async def show(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Whether it is on, and what can be done."""
    mine = await account.get_own(tx, person)
    return page(request, "account/second_factor.html", account=mine, tab="second-factor")


@router.post("/begin", dependencies=[Recent, OwnProof])
async def begin(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Makes a secret for the app."""
    await own_authenticator.begin(request, tx, person)
    return go(request, f"{_HERE}/setup")


@router.get("/setup", dependencies=[Recent, OwnProof])
async def show_setup(request: Request, person: Person) -> Response:
    """The QR code, and the field for the first code."""
    return await _setup(request, person)


@router.post("/setup", dependencies=[Recent, OwnProof])
async def confirm(form: Annotated[FirstCode, Form()], request: Request, person: Person) -> Response:
    """Turns it on, and shows the recovery codes once."""
    try:
        codes, renewed, token = await turn_on(request, person, code=form.code)
    except Refusal as refusal:
        return await _setup(request, person, refusal)
    request.state.signed_in = renewed
    response = _codes(request, codes, fresh=True)
    write_session(request, response, token)
    return response


@router.post("/recovery-codes", dependencies=[Recent, OwnProof])
async def make_codes(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Makes new recovery codes, and shows them once."""
    made = await own_authenticator.make_codes(request, tx, person)
    return _codes(request, made.recovery_codes, fresh=False)


@router.post("/off", dependencies=[Recent, OwnProof])
async def turn_off(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Turns it off."""
    await own_authenticator.turn_off(request, tx, person)
    return done(request, _HERE, "The second factor is off.", tone="warning")


async def _setup(request: Request, person: Principal, refusal: Refusal | None = None) -> Response:
    """The page with the QR code; without one that is being set up, the page before."""
    async with database_of(request).begin() as tx:
        found = await picture_of(tx, request, person)
    if found is None:
        return go(request, _HERE)
    picture, secret = found
    refused = refusal.detail if refusal else ""
    facts = {"picture": picture, "secret": secret, "refused": refused, "tab": "second-factor"}
    return page(request, "account/authenticator.html", status=status_of(refusal) if refusal else 200, **facts)


def _codes(request: Request, codes: Sequence[str], *, fresh: bool) -> Response:
    """The recovery codes, in this one answer and nowhere else."""
    return page(request, "account/recovery_codes.html", codes=codes, fresh=fresh, tab="second-factor")
