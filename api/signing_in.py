"""Signing in: every session begins in `open_session`, whatever opens it; that is its `method`.

A password given to sign in, or chosen by a letter's link, passes `first_factor_passed` before, which asks for the
second factor. Passkeys and single sign-on count as two already; who registers or accepts an invitation has none yet.
A wrong e-mail, a wrong password and a disabled account answer alike and take as long (api/password_check.py).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.account_letters import write_change
from api.challenges import Challenged, challenge
from api.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_cookie, write_device, write_session
from api.guessing import address_of, count_question, keyed, network_of
from api.password_check import WRONG, proved_by_password
from api.request_id import request_id_of
from api.second_factors import methods_of
from api.security import database_of
from api.sign_on_policy import admitted
from db import audit, devices, sessions, users
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.devices import occasion
from domain.ids import show
from domain.principal import Unauthenticated
from domain.user import (
    SESSION_LASTS,
    Session,
    SignedIn,
    SignInMethod,
    User,
    new_token,
    token_hash,
)


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
    proved = await proved_by_password(request, email=email, password=password)
    async with database_of(request).begin() as tx:
        # It may have been changed while it was checked: the old one then opens nothing, and is not written back.
        if not await users.has_password(tx, user_id=proved.user.id, password_hash=proved.kept):
            raise Unauthenticated(WRONG)
        if proved.stronger is not None:
            await users.set_password(tx, user_id=proved.user.id, password_hash=proved.stronger)
        return await first_factor_passed(tx, request, proved.user)


async def first_factor_passed(tx: Tx, request: Request, user: User) -> Opened | Challenged:
    """The session of who has given the right password, or the question for the second factor they have set up.

    Raises:
        TooManyAttempts: it was asked too often from this network and never answered.
    """
    methods = await methods_of(tx, user_id=user.id)
    if methods:
        about = f"{user.id.hex} {network_of(request)}"
        await count_question(tx, request, purpose="second factor", about=about)
        return await challenge(tx, user, method="password", methods=methods)
    return await open_session(tx, request, user, method="password")


async def open_session(
    tx: Tx, request: Request, user: User, *, method: SignInMethod, organization_id: UUID | None = None
) -> Opened:
    """Opens a session for somebody who has proved who they are; hand it over with `Opened.hand_over`.

    It speaks for `organization_id`, else for the person's first membership; what it speaks for admits this way
    in. Who belongs to no organization gets a session without one, which holds only their own account. A session
    that the browser held before ends.

    Raises:
        Unauthenticated: the account is disabled, or does not belong to `organization_id`.
        SignOnRequired: every organization of the person asks for another way in.
    """
    if user.disabled_at is not None:
        raise Unauthenticated(WRONG)
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
        raise Unauthenticated(WRONG)
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
    """The organization a client's session begins with: the first, or the one wanted, that admits this way in.

    None for the staff, and for a client who belongs to none and wants none.
    """
    if user.kind == "staff":
        return None
    found = await users.list_memberships(tx, user_id=user.id)
    theirs = [m.organization_id for m in found if wanted in (None, m.organization_id)]
    if wanted is not None and not theirs:
        raise Unauthenticated("This account does not belong to the organization")
    if not theirs:
        return None
    return await admitted(tx, user_id=user.id, organization_ids=theirs, method=method)


def _started(session: Session, user: User) -> Entry:
    """A session's beginning, for the audit log."""
    facts = {"user": show("usr", user.id), "agent": session.agent, "method": session.method}
    return Entry("session.start", "session", session.name, session.organization_id, None, facts)


def person_of(request: Request, user: User) -> Actor:
    """The person as the audit log writes them down, before they have a session."""
    kind = "staff" if user.kind == "staff" else "member"
    return Actor(kind, show("usr", user.id), user.email, address_of(request), request_id_of(request.scope))
