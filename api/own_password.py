"""Changing one's own password: the present one is asked for, and every other browser is signed out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from activities.passwords import set_password
from api.account_letters import write_change
from api.account_shapes import ShownPerson, shown_person
from api.confirming import WrongProof, password_is_right, renew
from api.cookies import DEVICE_COOKIE, read_cookie, write_session
from api.guessing import attempt_of
from api.routing import new_router
from api.security import Principal, actor_of, database_of, needs
from db import audit, devices, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import WrongState
from domain.ids import show
from domain.password import password_checked
from domain.user import Credentials, SignedIn, User, token_hash
from gateways.passwords import Passwords

router = new_router(prefix="/v1/account/password", tag="account")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class NewPassword(BaseModel):
    """The present password and the one that shall take its place."""

    current: str = Field(max_length=400)
    password: str = Field(max_length=400)


@router.post("")
async def change(body: NewPassword, request: Request, response: Response, person: Person) -> ShownPerson:
    """Change the password; signs every other browser out, and renews this session and its CSRF token."""
    renewed, token = await change_password(request, person, current=body.current, password=body.password)
    write_session(request, response, token)
    return shown_person(renewed)


async def change_password(
    request: Request, person: Principal, *, current: str, password: str
) -> tuple[SignedIn, str]:
    """Changes it; gives the renewed session with its token.

    Raises:
        WrongProof: the present password is wrong.
        Invalid: the new one would be guessed.
        WrongState: the account has no password; a reset link sets one.
        TooManyAttempts: too many wrong ones; wait.
    """
    passwords: Passwords = request.app.state.passwords
    async with database_of(request).begin() as tx:
        known = await users.get_credentials(tx, user_id=person.id)
        chosen = _checked(known, password)
        attempt = await attempt_of(tx, request, purpose="confirm", who=(person.session or b"").hex())
    if not await password_is_right(request, known, current):
        raise WrongProof("current: this is not your present password")
    hashed = await passwords.hashed(chosen)
    async with database_of(request).begin() as tx:
        await attempt.succeeded(tx)
        await set_password(tx, user=known.user, password_hash=hashed, but=person.session)
        await _keep_device(tx, request, known.user)
        await write_change(tx, request, known.user, "password_changed")
        entry = Entry("user.password_change", "user", show("usr", person.id), person.organization_id)
        await audit.append(tx, [entry], actor=actor_of(request, person))
        return await renew(tx, request, person)


def _checked(known: Credentials, password: str) -> str:
    """The new password, if it is one and there was one before."""
    if known.password_hash is None:
        raise WrongState("This account has no password; ask for a reset link to set one")
    return password_checked(password, about=(known.user.email, known.user.name))


async def _keep_device(tx: Tx, request: Request, user: User) -> None:
    """This browser stays known."""
    held = read_cookie(request, DEVICE_COOKIE)
    if held:
        await devices.remember(tx, user_id=user.id, token_hash=token_hash(held), now=datetime.now(UTC))
