"""A session that goes on in another organization: under a new token, for what it may do has changed."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request

from api.cookies import SESSION_COOKIE, read_cookie
from api.security import identities_of
from api.session_renewal import find_renewed, step_at, successor
from api.sign_on_policy import require_switchable
from db import audit, sessions
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.principal import Unauthenticated
from domain.user import Session, SignedIn, token_hash


async def speak_for(
    tx: Tx, request: Request, session: Session, *, organization_id: UUID, actor: Actor
) -> tuple[SignedIn, str]:
    """The request's session speaks for that organization of its person; gives it with its new token.

    The token is empty where the session spoke for it already under the cookie's: then it keeps the one it has.

    Raises:
        SignOnRequired: the organization asks for another way in.
        Unauthenticated: the session ended meanwhile.
    """
    token = ""
    if organization_id != session.organization_id:
        await require_switchable(tx, session=session, organization_id=organization_id)
        token = await _renewed(tx, request, session, organization_id)
    token = token or await token_of_renewed(tx, request)
    found = await sessions.find(tx, token_hash=token_hash(token) if token else session.token_hash)
    if found is None or found.session.organization_id != organization_id:
        raise Unauthenticated("The session has ended; sign in again")
    entry = Entry("session.switch", "session", found.session.name, organization_id)
    await audit.append(tx, [entry], actor=actor)
    return found, token


async def token_of_renewed(tx: Tx, request: Request) -> str:
    """The token that replaced the cookie's a moment ago, in an answer that got lost; empty where none did."""
    held, pepper = read_cookie(request, SESSION_COOKIE), identities_of(request).pepper
    renewed = await find_renewed(tx, token=held, pepper=pepper, now=datetime.now(UTC))
    return renewed.token if renewed is not None else ""


async def _renewed(tx: Tx, request: Request, session: Session, organization_id: UUID) -> str:
    """The new token of a session that speaks for another organization now; empty when it ended or went on meanwhile."""
    now, pepper = datetime.now(UTC), identities_of(request).pepper
    token = successor(request.state.session_token, pepper=pepper, step=step_at(now))
    switched = await sessions.switch(
        tx,
        token_hash=session.token_hash,
        new_hash=token_hash(token),
        csrf_token=successor(session.csrf_token, pepper=pepper, step=step_at(now)),
        organization_id=organization_id,
        now=now,
    )
    return token if switched else ""
