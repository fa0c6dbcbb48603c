"""A new password by mail: the same answer, and the same work, for addresses that nobody has.

The letter is queued after the answer has left; the link works once, for half an hour, and a newer one replaces
it. The second factor stays as it was, and is asked for at the next sign-in.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from fastapi import BackgroundTasks, Request
from pydantic import BaseModel, Field

from activities.passwords import set_password
from api.account_letters import correspondents, post, public_url, write_change
from api.challenges import Challenged
from api.guessing import address_in_patience, address_of, keyed
from api.origins import OwnSite
from api.routing import new_router
from api.security import database_of, public
from api.signing_in import Opened, first_factor_passed, person_of
from db import audit, guesses, password_resets, users
from db.engine import Tx
from domain.audit import Entry
from domain.ids import show
from domain.letters import PasswordReset
from domain.mail import READERS_LINK
from domain.password import password_checked
from domain.secret_link import RESET_LASTS, link_ended
from domain.user import User, new_token, token_hash
from gateways.passwords import Passwords

router = new_router(prefix="/v1/password-resets", tag="account")
SENT = "If there is an account with this address, a letter with a link is on its way. The link works for 30 minutes"


class Asked(BaseModel):
    """Whose password shall be new."""

    email: str = Field(max_length=320)


class Told(BaseModel):
    """What is answered, whoever asks."""

    detail: str


class Chosen(BaseModel):
    """The token of the link, and the new password."""

    token: str = Field(max_length=100)
    password: str = Field(max_length=400)


@router.post("", status_code=202, dependencies=[OwnSite])
@public("who has forgotten their password cannot sign in; the link goes to the account's own address only")
async def ask(body: Asked, request: Request, afterwards: BackgroundTasks) -> Told:
    """Ask for a link to choose a new password; the answer is the same for addresses that nobody has."""
    afterwards.add_task(send_link, request, await address_to_ask(request, body.email))
    return Told(detail=SENT)


@router.post("/confirm", status_code=204, dependencies=[OwnSite])
@public("the link's token proves that one reads the account's mail")
async def confirm(body: Chosen, request: Request) -> None:
    """Choose the new password; ends every session, and asks to sign in with it."""
    await choose(request, token=body.token, password=body.password)


async def address_to_ask(request: Request, email: str) -> str:
    """The address in its one spelling, or nothing when it was asked for too often.

    Raises:
        Invalid: it cannot be an address.
    """
    return await address_in_patience(request, email, purpose="reset")


async def send_link(request: Request, address: str) -> None:
    """Queues the letter if there is such an account; after the answer, so that its time tells nothing."""
    async with database_of(request).begin() as tx:
        known = await users.find_credentials(tx, email=address)
        if known is not None and known.user.disabled_at is None:
            await _send(tx, request, known.user)


async def _send(tx: Tx, request: Request, user: User) -> None:
    """Keeps the hash of a new token, and queues the letter with its link."""
    token, now = new_token(), datetime.now(UTC)
    digest, ends = token_hash(token), now + RESET_LASTS
    await password_resets.links.put(tx, user.id, token_hash=digest, now=now, expires_at=ends)
    facts = PasswordReset(
        who=correspondents(request, user.name or user.email),
        email=user.email,
        link=READERS_LINK,
        expires_at=ends,
        address=address_of(request),
    )
    key = f"password_reset:{show('usr', user.id)}:{digest.hex()[:16]}"
    link = f"{public_url(request)}/password/reset?token={quote(token)}"
    await post(tx, request, kind="password_reset", facts=facts, to=user.email, key=key, link=link)
    entry = Entry("user.password_reset_ask", "user", show("usr", user.id))
    await audit.append(tx, [entry], actor=person_of(request, user))


async def owner_of(tx: Tx, token: str) -> User:
    """Whose link it is; looking does not use it up.

    Raises:
        LinkEnded: it was used, replaced or is too old.
    """
    found = await password_resets.links.find(tx, token_hash=token_hash(token), now=datetime.now(UTC))
    if found is None:
        raise link_ended()
    return await users.get(tx, user_id=found)


async def choose(request: Request, *, token: str, password: str) -> User:
    """Sets the new password and uses the link up.

    Raises:
        LinkEnded: it was used, replaced or is too old.
        Invalid: the password would be guessed; the link still works.
    """
    passwords: Passwords = request.app.state.passwords
    async with database_of(request).begin() as tx:
        user = await owner_of(tx, token)
    chosen = password_checked(password, about=(user.email, user.name))
    hashed = await passwords.hashed(chosen)
    async with database_of(request).begin() as tx:
        if await password_resets.links.take(tx, token_hash=token_hash(token), now=datetime.now(UTC)) is None:
            raise link_ended()
        await set_password(tx, user=user, password_hash=hashed, but=None)
        await guesses.forget(tx, key=keyed(request, "password", user.email))
        await write_change(tx, request, user, "password_reset")
        entry = Entry("user.password_reset", "user", show("usr", user.id))
        await audit.append(tx, [entry], actor=person_of(request, user))
    return user


async def enter(request: Request, user: User) -> Opened | Challenged:
    """Who has chosen the password goes on signed in; the second factor is still asked for.

    Raises:
        SignOnRequired: every organization of the person asks for another way in.
        TooManyAttempts: the second factor was asked for too often and never given.
    """
    async with database_of(request).begin() as tx:
        return await first_factor_passed(tx, request, user)
