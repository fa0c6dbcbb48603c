"""Signing in: every way in ends in `first_factor_passed`, and every session begins in `open_session`.

A wrong e-mail, a wrong password and a disabled account answer alike and take as long; guessing is slowed down by
api/guessing.py. What opens a session (a password here, passkeys and single sign-on elsewhere) is its `method`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.account_letters import write_change
from api.challenges import Challenged, challenge
from api.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_cookie, write_device, write_session
from api.guessing import address_of, attempt_at, count_question, keyed, network_of
from api.request_id import request_id_of
from api.second_factors import methods_of
from api.security import database_of
from api.sign_on_policy import admitted
from db import audit, devices, sessions, users
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.devices import occasion
from domain.email import email_spelled
from domain.errors import Invalid
from domain.ids import show
from domain.principal import Unauthenticated
from domain.user import (
    SESSION_LASTS,
    Credentials,
    Session,
    SignedIn,
    SignInMethod,
    User,
    new_token,
    token_hash,
)
from gateways.passwords import Passwords

_WRONG = "E-mail and password do not belong together"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the tokens go into cookies and nowhere else."""

    signed_in: SignedIn
    token: str
    device: str

    def hand_over(self, request: Request, response: Response) -> None:
        """Gives the browser its session, and has it remember that it was signed in."""
        write_session(request, response, self.token)
        write_device(request, response, self.device)


async def sign_in(request: Request, *, email: str, password: str) -> Opened | Challenged:
    """Opens a session by password, or asks for the second factor where there is one.

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
        raise Unauthenticated(_WRONG)
    # By itself and first: people of one office would wait for each other while their sessions are opened.
    async with database_of(request).begin() as tx:
        await attempt.succeeded(tx)
    async with database_of(request).begin() as tx:
        # It may have been changed while it was checked: the old one then opens nothing, and is not written back.
        if not await users.has_password(tx, user_id=known.user.id, password_hash=kept):
            raise Unauthenticated(_WRONG)
        if stronger is not None:
            await users.set_password(tx, user_id=known.user.id, password_hash=stronger)
        return await first_factor_passed(tx, request, known.user, method="password")


async def first_factor_passed(
    tx: Tx, request: Request, user: User, *, method: SignInMethod
) -> Opened | Challenged:
    """The session, or the question for a second factor of somebody who has set one up.

    Raises:
        TooManyAttempts: it was asked too often from this network and never answered.
    """
    methods = await methods_of(tx, user_id=user.id)
    if methods and method == "password":
        about = f"{user.id.hex} {network_of(request)}"
        await count_question(tx, request, purpose="second factor", about=about)
        return await challenge(tx, user, method=method, methods=methods)
    return await open_session(tx, request, user, method=method)


async def open_session(
    tx: Tx, request: Request, user: User, *, method: SignInMethod, organization_id: UUID | None = None
) -> Opened:
    """Opens a session for somebody who has proved who they are; hand it over with `Opened.hand_over`.

    It speaks for `organization_id`, else for the person's first membership; what it speaks for admits this way
    in. A session that the browser held before ends.

    Raises:
        Unauthenticated: the account is disabled, or belongs to no organization.
        SignOnRequired: every organization of the person asks for another way in.
    """
    if user.disabled_at is not None:
        raise Unauthenticated(_WRONG)
    now, token = datetime.now(UTC), new_token()
    session = Session(
        token_hash=token_hash(token),
        user_id=user.id,
        organization_id=await _organization(tx, user, method, organization_id),
        csrf_token=new_token(),
        ip=address_of(request),
        agent=request.headers.get("user-agent", "")[:300],
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LASTS,
        proved_at=now,
        method=method,
    )
    await sessions.revoke(tx, token_hash=token_hash(read_cookie(request, SESSION_COOKIE)), now=now)
    await sessions.insert_one(tx, session)
    device = await _note_device(tx, request, user, session)
    await audit.append(tx, [_started(session, user)], actor=person_of(request, user))
    signed_in = await sessions.find(tx, token_hash=session.token_hash)
    if signed_in is None:
        raise Unauthenticated(_WRONG)
    return Opened(signed_in, token, device)


async def _note_device(tx: Tx, request: Request, user: User, session: Session) -> str:
    """Remembers the browser, and tells the person when it is a new one; gives its token."""
    held = read_cookie(request, DEVICE_COOKIE)
    known = await devices.is_known(tx, email=user.email, token_hash=token_hash(held))
    token = held if len(held) >= 40 else new_token()
    if not known and await devices.count(tx, user_id=user.id):
        about = occasion(
            user_id=user.id, network=network_of(request), agent=session.agent, at=session.created_at
        )
        once = keyed(request, "new device", about).hex()
        await write_change(tx, request, user, "new_device", once=once)
    await devices.remember(tx, user_id=user.id, token_hash=token_hash(token), now=session.created_at)
    return token


async def _organization(tx: Tx, user: User, method: SignInMethod, wanted: UUID | None) -> UUID | None:
    """The organization a client's session begins with: the first, or the one wanted, that admits this way in."""
    if user.kind == "staff":
        return None
    found = await users.list_memberships(tx, user_id=user.id)
    theirs = [m.organization_id for m in found if wanted in (None, m.organization_id)]
    if not theirs:
        raise Unauthenticated("This account belongs to no organization")
    return await admitted(tx, user_id=user.id, organization_ids=theirs, method=method)


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


def _started(session: Session, user: User) -> Entry:
    """A session's beginning, for the audit log."""
    facts = {"user": show("usr", user.id), "agent": session.agent, "method": session.method}
    return Entry("session.start", "session", session.name, session.organization_id, None, facts)


def person_of(request: Request, user: User) -> Actor:
    """The person as the audit log writes them down, before they have a session."""
    kind = "staff" if user.kind == "staff" else "member"
    return Actor(kind, show("usr", user.id), user.email, address_of(request), request_id_of(request.scope))
