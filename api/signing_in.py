"""Signing in and out: what the JSON door and the console's page both do.

Guessing is slowed down by account (a lock that doubles) and by address; a wrong e-mail, a wrong password and a
disabled account answer alike and take as long.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.identities import SESSION_COOKIE
from api.request_id import request_id_of
from api.security import database_of
from db import audit, sessions, users
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.email import email_spelled
from domain.errors import Invalid
from domain.ids import show
from domain.principal import Unauthenticated
from domain.user import (
    ADDRESS_FAILURES_ALLOWED,
    SESSION_LASTS,
    Credentials,
    Session,
    SignedIn,
    TooManyAttempts,
    User,
    new_token,
    token_hash,
)
from gateways.passwords import Passwords
from gateways.settings import Settings

_WRONG = "E-mail and password do not belong together"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: `token` goes into the cookie and nowhere else."""

    signed_in: SignedIn
    token: str


async def sign_in(request: Request, *, email: str, password: str) -> Opened:
    """Opens a session.

    Raises:
        Unauthenticated: e-mail and password do not belong together.
        TooManyAttempts: too many wrong ones; wait.
    """
    now = datetime.now(UTC)
    address = request.client.host if request.client else ""
    passwords: Passwords = request.app.state.passwords
    async with database_of(request).begin() as tx:
        await _refuse_guessing(tx, address, now)
        credentials = await _credentials(tx, email, now)
    kept = credentials.password_hash if credentials else None
    right = await passwords.matches(password, kept)
    stronger = await passwords.hashed(password) if right and kept and passwords.outdated(kept) else None
    async with database_of(request).begin() as tx:
        await sessions.note_attempt(tx, address=address, succeeded=right, now=now)
        if right and credentials is not None:
            if stronger is not None:
                await users.set_password(tx, user_id=credentials.user.id, password_hash=stronger)
            return await _open(tx, request, credentials, address, now)
        await _note_failure(tx, request, email, now)
    raise Unauthenticated(_WRONG)


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Hands the session to the browser: unreadable for scripts, not sent from other sites."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


async def _refuse_guessing(tx: Tx, address: str, now: datetime) -> None:
    """Refuses an address with too many failures."""
    if await sessions.count_failures(tx, address=address, now=now) >= ADDRESS_FAILURES_ALLOWED:
        raise TooManyAttempts("Too many wrong passwords from this address; wait 15 minutes")


async def _credentials(tx: Tx, email: str, now: datetime) -> Credentials | None:
    """What the e-mail's account is decided by, if there is one and it is not locked."""
    found = await _account(tx, email)
    if found is not None and found.locked_until is not None and found.locked_until > now:
        raise TooManyAttempts("Too many wrong passwords for this account; wait a while and try again")
    return found


async def _account(tx: Tx, email: str) -> Credentials | None:
    """The account of an e-mail; what cannot be an e-mail has none."""
    try:
        return await users.find_credentials(tx, email=email_spelled(email))
    except Invalid:
        return None


async def _open(tx: Tx, request: Request, known: Credentials, address: str, now: datetime) -> Opened:
    """Keeps the session and writes it down."""
    token, user = new_token(), known.user
    session = Session(
        token_hash=token_hash(token),
        user_id=user.id,
        organization_id=await _organization(tx, user),
        csrf_token=new_token(),
        ip=address,
        agent=request.headers.get("user-agent", "")[:300],
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LASTS,
    )
    await sessions.insert_one(tx, session)
    await users.note_success(tx, user_id=user.id)
    await audit.append(tx, [_entry("session.start", session, user)], actor=_person(request, user))
    signed_in = await sessions.find(tx, token_hash=session.token_hash)
    if signed_in is None:
        raise Unauthenticated(_WRONG)
    return Opened(signed_in, token)


async def _organization(tx: Tx, user: User) -> UUID | None:
    """The organization a client's session begins with: the oldest membership."""
    if user.kind == "staff":
        return None
    found = await users.list_memberships(tx, user_id=user.id)
    if not found:
        raise Unauthenticated("This account belongs to no organization")
    return found[0].organization_id


async def _note_failure(tx: Tx, request: Request, email: str, now: datetime) -> None:
    """Counts a wrong password against its account, and writes it down."""
    known = await _account(tx, email)
    if known is None:
        return
    await users.note_failure(tx, credentials=known, now=now)
    entry = Entry(
        "session.refused", "user", show("usr", known.user.id), None, None, {"reason": "wrong password"}
    )
    await audit.append(tx, [entry], actor=_person(request, known.user))


def _entry(action: str, session: Session, user: User) -> Entry:
    """A session's beginning or end, for the audit log."""
    facts = {"user": show("usr", user.id), "agent": session.agent}
    return Entry(action, "session", session.name, session.organization_id, None, facts)


def _person(request: Request, user: User) -> Actor:
    """The person as the audit log writes them down."""
    kind = "staff" if user.kind == "staff" else "member"
    address = request.client.host if request.client else ""
    return Actor(kind, show("usr", user.id), user.email, address, request_id_of(request.scope))
