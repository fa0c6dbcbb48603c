"""Passkeys in use: to sign in, as the second step after a password, and to prove again who one is."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.account_shapes import ShownPerson, shown_person
from api.challenges import challenge_of, drop_challenge, held_challenge
from api.confirming import renew
from api.cookies import write_session
from api.guessing import address_of, count_try, take_try_back
from api.origins import OwnSite
from api.passkey_ceremonies import Answered, Asked, proved, remember, site_of, take
from api.request_id import request_id_of
from api.routing import new_router
from api.second_step import pass_step
from api.security import HouseTransaction, Principal, database_of, needs, public
from api.signing_in import Opened, open_session
from db import audit, passkeys, users
from domain.audit import Actor, Entry
from domain.principal import Unauthenticated
from gateways.passkeys import to_sign

router = new_router(prefix="/v1/sessions", tag="sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]
_TRIES = "passkey"


class SecondStep(BaseModel):
    """Which question of a right password is answered; left out, the passkey alone signs in.

    The page leaves it out too: its browser holds the question as a cookie and says `held`.
    """

    challenge: str | None = Field(None, max_length=100)
    held: bool = False

    def token(self, request: Request) -> str | None:
        """The question's token, if a second step is meant."""
        return held_challenge(request) if self.held else self.challenge


class SignIn(Answered, SecondStep):
    """What the browser signed, and for which step."""


@router.post("/passkey/options", dependencies=[OwnSite])
@public("what a browser needs to sign in with a passkey; tells nothing about any account")
async def ask(body: SecondStep, request: Request, tx: HouseTransaction) -> Asked:
    """What navigator.credentials.get needs; answer within five minutes with POST /v1/sessions/passkey."""
    token, site = body.token(request), site_of(request)
    user_id = None if token is None else (await challenge_of(tx, token)).user_id
    kept = () if user_id is None else await passkeys.list_of(tx, user_id=user_id)
    public_key, challenge = to_sign(site, known=[passkey.credential_id for passkey in kept])
    name = await remember(tx, request, purpose="sign_in", user_id=user_id, challenge=challenge)
    return Asked(challenge_id=name, public_key=public_key)


@router.post("/passkey", status_code=201, dependencies=[OwnSite])
@public("this is how one signs in with a passkey; what is signed works once")
async def sign_in(body: SignIn, request: Request, response: Response) -> ShownPerson:
    """Sign in with a passkey; the session comes as a cookie."""
    token = body.token(request)
    try:
        opened = await _opened(request, body, token)
    except Unauthenticated as refusal:
        await _note_failure(request, refusal.detail)
        raise
    opened.hand_over(request, response)
    if token is not None:
        drop_challenge(request, response)
    return shown_person(opened.signed_in)


@router.post("/current/passkey/options")
async def ask_again(request: Request, tx: HouseTransaction, person: Person) -> Asked:
    """The same for somebody who is signed in and proves again who they are."""
    site = site_of(request)
    kept = await passkeys.list_of(tx, user_id=person.id)
    public_key, challenge = to_sign(site, known=[passkey.credential_id for passkey in kept])
    name = await remember(tx, request, purpose="confirm", user_id=person.id, challenge=challenge)
    return Asked(challenge_id=name, public_key=public_key)


@router.post("/current/passkey")
async def confirm(body: Answered, request: Request, response: Response, person: Person) -> ShownPerson:
    """Prove again who you are by a passkey; renews session and CSRF token like `POST …/confirm`."""
    async with database_of(request).begin() as tx:
        challenge = await take(tx, body.challenge_id, purpose="confirm")
    if challenge.user_id != person.id:
        raise Unauthenticated("This was asked of somebody else. Try again")
    async with database_of(request).begin() as tx:
        await proved(tx, request, body, challenge)
        renewed, token = await renew(tx, request, person)
    write_session(request, response, token)
    return shown_person(renewed)


async def _opened(request: Request, body: SignIn, token: str | None) -> Opened:
    """The session of whoever signed.

    Raises:
        Unauthenticated: what was signed does not hold.
        TooManyAttempts: too many tries from this address; wait.
    """
    async with database_of(request).begin() as tx:
        await count_try(tx, request, purpose=_TRIES)
        challenge = await take(tx, body.challenge_id, purpose="sign_in")
    async with database_of(request).begin() as tx:
        passkey = await proved(tx, request, body, challenge)
        await take_try_back(tx, request, purpose=_TRIES)
        user = await users.get(tx, user_id=passkey.user_id)
        if token is None:
            return await open_session(tx, request, user, method="passkey")
        asked = await challenge_of(tx, token)
        if asked.user_id != user.id:
            raise Unauthenticated("This passkey belongs to another account")
        return await pass_step(tx, request, asked, user)


async def _note_failure(request: Request, reason: str) -> None:
    """Writes down that a passkey was refused."""
    actor = Actor("system", "sign-in", "Sign-in", address_of(request), request_id_of(request.scope))
    facts = {"reason": "passkey", "detail": reason}
    async with database_of(request).begin() as tx:
        await audit.append(tx, [Entry("session.refused", "passkey", "", None, None, facts)], actor=actor)
