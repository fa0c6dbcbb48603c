"""Proving again who one is, for acts that ask for it: password or code; the session goes on under a new token."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.account_shapes import ShownPerson, shown_person
from api.cookies import write_session
from api.guessing import attempt_of
from api.routing import new_router
from api.second_factors import code_is_right, methods_of
from api.security import Principal, actor_of, database_of, needs
from db import audit, passkeys, sessions, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Invalid
from domain.ids import show
from domain.principal import Unauthenticated
from domain.second_factor import SecondFactor
from domain.user import Credentials, SignedIn, new_token, token_hash
from gateways.passwords import Passwords

router = new_router(prefix="/v1/sessions/current", tag="sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class WrongProof(Invalid):
    """The password or the code is not right."""

    code = "wrong_proof"


class Proof(BaseModel):
    """One of the two."""

    password: str = Field("", max_length=400)
    code: str = Field("", max_length=40, description="Of the authenticator app, or a recovery code")


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody can prove themselves: by password, by what second factor, by a passkey."""

    password: bool
    methods: tuple[SecondFactor, ...]
    passkey: bool

    @property
    def any(self) -> bool:
        """Whether there is one that is the person's own, and not their organization's provider's."""
        return self.password or self.passkey or bool(self.methods)


@router.post("/confirm")
async def confirm(body: Proof, request: Request, response: Response, person: Person) -> ShownPerson:
    """Prove again who you are; opens acts that ask for it for 15 minutes, and renews session and CSRF token."""
    renewed, token = await prove_again(request, person, password=body.password, code=body.code)
    write_session(request, response, token)
    return shown_person(renewed)


async def ways_of(tx: Tx, person: Principal) -> Ways:
    """What the person can be asked for."""
    known = await users.get_credentials(tx, user_id=person.id)
    methods = await methods_of(tx, user_id=person.id)
    passkey = await passkeys.any_of(tx, user_id=person.id)
    return Ways(known.password_hash is not None, methods, passkey)


async def prove_again(
    request: Request, person: Principal, *, password: str, code: str
) -> tuple[SignedIn, str]:
    """Checks password or code, and renews the session; gives it with its new token.

    Raises:
        WrongProof: the password or the code is wrong.
        TooManyAttempts: too many wrong ones; wait.
    """
    session = person.session or b""
    async with database_of(request).begin() as tx:
        attempt = await attempt_of(tx, request, purpose="confirm", who=session.hex())
        known = await users.get_credentials(tx, user_id=person.id)
    right = bool(password) and await password_is_right(request, known, password)
    async with database_of(request).begin() as tx:
        if right or (
            code and await code_is_right(tx, request, known.user, code, used="recovery_code_confirmed")
        ):
            await attempt.succeeded(tx)
            return await renew(tx, request, person)
        entry = Entry(
            "session.refused", "user", show("usr", person.id), None, None, {"reason": "wrong proof"}
        )
        await audit.append(tx, [entry], actor=actor_of(request, person))
    raise WrongProof("password or code: not right. Try again")


async def password_is_right(request: Request, known: Credentials, password: str) -> bool:
    """Whether it is the person's password."""
    passwords: Passwords = request.app.state.passwords
    return await passwords.matches(password, known.password_hash)


async def renew(tx: Tx, request: Request, person: Principal) -> tuple[SignedIn, str]:
    """The session has proved itself now and goes on under a new token; what was stolen of it opens nothing.

    Raises:
        Unauthenticated: the session ended meanwhile.
    """
    token, now, old = new_token(), datetime.now(UTC), person.session or b""
    fresh = token_hash(token)
    if not await sessions.rotate(tx, token_hash=old, new_hash=fresh, csrf_token=new_token(), now=now):
        raise Unauthenticated("The session has ended; sign in again")
    found = await sessions.find(tx, token_hash=fresh)
    if found is None:
        raise Unauthenticated("The session has ended; sign in again")
    entry = Entry("session.confirm", "session", found.session.name, found.session.organization_id)
    await audit.append(tx, [entry], actor=actor_of(request, replace(person, session=fresh)))
    return found, token
