"""Whether a password is somebody's: counted before it is tried, and answered alike and as slowly for nobody's."""

from dataclasses import dataclass

from starlette.requests import Request

from api.guessing import address_of, attempt_at, keyed
from api.request_id import request_id_of
from api.security import database_of
from db import audit, users
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.email import email_spelled
from domain.errors import Invalid
from domain.ids import show
from domain.principal import Unauthenticated
from domain.user import Credentials, User
from gateways.passwords import Passwords

WRONG = "E-mail and password do not belong together"


@dataclass(frozen=True, slots=True)
class Proved:
    """Whose password it is, the hash that it met, and a stronger one where that is outdated."""

    user: User
    kept: str
    stronger: str | None


async def proved_by_password(request: Request, *, email: str, password: str) -> Proved:
    """Whoever has this e-mail and this password; opens nothing.

    Raises:
        Unauthenticated: e-mail and password do not belong together.
        TooManyAttempts: too many wrong ones; wait.
    """
    passwords: Passwords = request.app.state.passwords
    async with database_of(request).begin() as tx:
        attempt = await attempt_at(tx, request, purpose="password", email=_spelled(email))
        known = await users.find_credentials(tx, email=_spelled(email))
    kept = known.password_hash if known and known.user.disabled_at is None else None
    right = await passwords.matches(password, kept)
    stronger = await passwords.hashed(password) if right and kept and passwords.outdated(kept) else None
    if known is None or kept is None or not right:
        async with database_of(request).begin() as tx:
            await _note_failure(tx, request, email, known)
        raise Unauthenticated(WRONG)
    # By itself and first: people of one office would wait for each other while their sessions are opened.
    async with database_of(request).begin() as tx:
        await attempt.succeeded(tx)
    return Proved(known.user, kept, stronger)


async def _note_failure(tx: Tx, request: Request, email: str, known: Credentials | None) -> None:
    """Writes a wrong password down; an e-mail that nobody has only as its keyed hash."""
    guessed = keyed(request, "guessed e-mail", _spelled(email)).hex()[:16]
    actor = Actor("system", "sign-in", "Sign-in", address_of(request), request_id_of(request.scope))
    target = ("user", show("usr", known.user.id)) if known else ("email", guessed)
    facts = {"reason": "wrong password", "known": known is not None}
    await audit.append(tx, [Entry("session.refused", *target, None, None, facts)], actor=actor)


def _spelled(email: str) -> str:
    """The e-mail in its one spelling; what cannot be one is nobody's."""
    try:
        return email_spelled(email)
    except Invalid:
        return email.strip().lower()[:320]
