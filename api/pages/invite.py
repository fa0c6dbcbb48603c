"""The page a letter's link leads to: who invites whom into what, and the one thing to do.

Looking at it changes nothing, however often and by whomever it is fetched; only a form that is sent does.
"""

from typing import Annotated

from fastapi import Depends, Form, Path, Request, Response
from pydantic import BaseModel, Field

from api import sessions
from api.accepting import Joined, accept_known, accept_new
from api.asked_invites import asked_by, who_looks
from api.pages.acts import done, go
from api.pages.home import home_of
from api.pages.invite_faces import UNKNOWN, face_of
from api.pages.open_forms import open_form, require_own_form
from api.pages.routing import new_open_pages
from api.security import HouseTransaction, Principal, database_of, needs, public
from api.session_renewal import renews
from api.sign_on_policy import SignOnRequired
from api.signing_in import Opened, open_session, sign_in
from domain.errors import Invalid, NotFound, Refusal
from domain.invite import InviteAccepted
from domain.user import SignedIn

router = new_open_pages("/invite")
Token = Annotated[str, Path(max_length=200)]


class Answer(BaseModel):
    """The form of somebody new."""

    name: str = Field("", max_length=400)
    password: str = Field("", max_length=400)
    form_token: str = Field("", max_length=100)


@router.api_route("/{token}", methods=["GET", "HEAD"])
@public("whoever holds the link was invited; looking at it changes nothing")
async def show(token: Token, request: Request) -> Response:
    """What the invitation asks, or why it asks nothing any more."""
    return await _shown(request, token, await who_looks(request))


@router.post("/{token}")
@public("whoever holds the link was invited; it works once")
async def accept(token: Token, form: Annotated[Answer, Form()], request: Request) -> Response:
    """Makes an account, signs in, and leads to where the work is."""
    try:
        require_own_form(request, form.form_token)
        joined = await accept_new(request, token, name=form.name, password=form.password)
    except InviteAccepted:
        return await _accepted_before(request, token, form)
    except Refusal as refusal:
        return await _shown(request, token, None, refusal=refusal, name=form.name)
    return await _entered(request, joined)


@router.post("/{token}/join")
@renews
async def join(
    token: Token, request: Request, _person: Annotated[Principal, Depends(needs("sessions:own"))]
) -> Response:
    """Has whoever is signed in belong."""
    signed_in: SignedIn = request.state.signed_in
    try:
        joined = await accept_known(request, token, signed_in)
    except Refusal as refusal:
        return await _shown(request, token, signed_in, refusal=refusal)
    response = done(request, "/", f"Welcome to {joined.team or 'the team'}.")
    joined.hand_over(request, response)
    return response


@router.post("/{token}/sign-out")
async def sign_out(
    token: Token,
    request: Request,
    tx: HouseTransaction,
    person: Annotated[Principal, Depends(needs("sessions:own"))],
) -> Response:
    """Ends the session of somebody else, and comes back."""
    response = go(request, f"/invite/{token}")
    await sessions.end_current(request, response, tx, person)
    return response


async def _entered(request: Request, joined: Joined) -> Response:
    """Signed in, at home, and greeted; where the organization has its own way in, on the way there."""
    first_name = joined.person.name.split(" ")[0]
    try:
        async with database_of(request).begin() as tx:
            opened = await open_session(tx, request, joined.person, method="password")
    except SignOnRequired as required:
        return done(request, "/sign-in", f"You belong now, {first_name}. {required.detail}.")
    home = home_of(opened.signed_in.principal())
    response = done(
        request, home, f"Welcome to {joined.team or 'the team'}, {first_name}. You are signed in."
    )
    opened.hand_over(request, response)
    return response


async def _accepted_before(request: Request, token: str, form: Answer) -> Response:
    """A second click of the same person comes in like the first; everybody else is told."""
    if not form.password:
        return await _shown(request, token, None)
    asked = await asked_by(request, token)
    try:
        opened = await sign_in(request, email=asked.invite.email, password=form.password)
    except Refusal:
        return await _shown(request, token, None)
    if not isinstance(opened, Opened):
        return await _shown(request, token, None)
    response = go(request, home_of(opened.signed_in.principal()))
    opened.hand_over(request, response)
    return response


async def _shown(
    request: Request,
    token: str,
    signed_in: SignedIn | None,
    *,
    refusal: Refusal | None = None,
    name: str = "",
) -> Response:
    """The page for whoever looks; a refusal stands beside its field, or on top."""
    try:
        asked = await asked_by(request, token)
        face = face_of(asked, signed_in)
    except NotFound as unknown:
        asked, face, refusal = None, UNKNOWN, unknown
    return open_form(
        request,
        "invite/page.html",
        face.refusal or refusal,
        here=f"/invite/{token}",
        asked=asked,
        face=face,
        faults=_faults(refusal),
        name=name,
    )


def _faults(refusal: Refusal | None) -> dict[str, str]:
    """What is wrong with which field."""
    field, _, words = refusal.detail.partition(": ") if isinstance(refusal, Invalid) else ("", "", "")
    return {field: words[:1].upper() + words[1:]} if field in ("name", "password") else {}
