"""A session that goes on in another organization: under a new token, for what it may do has changed."""

from datetime import UTC, datetime
from uuid import UUID

from api.sign_on_policy import require_switchable
from db import audit, sessions
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.principal import Unauthenticated
from domain.user import Session, SignedIn, new_token, token_hash


async def speak_for(tx: Tx, session: Session, *, organization_id: UUID, actor: Actor) -> tuple[SignedIn, str]:
    """The session speaks for that organization of its person; gives it with its new token.

    The token is empty where the session spoke for it already: then it keeps the one it has.

    Raises:
        SignOnRequired: the organization asks for another way in.
        Unauthenticated: the session ended meanwhile.
    """
    token = ""
    if organization_id != session.organization_id:
        await require_switchable(tx, session=session, organization_id=organization_id)
        token = await _renewed(tx, session, organization_id)
    found = await sessions.find(tx, token_hash=token_hash(token) if token else session.token_hash)
    if found is None:
        raise Unauthenticated("The session has ended; sign in again")
    entry = Entry("session.switch", "session", found.session.name, organization_id)
    await audit.append(tx, [entry], actor=actor)
    return found, token


async def _renewed(tx: Tx, session: Session, organization_id: UUID) -> str:
    """The new token of a session that speaks for another organization now; of one that ended it opens nothing."""
    token = new_token()
    await sessions.switch(
        tx,
        token_hash=session.token_hash,
        new_hash=token_hash(token),
        csrf_token=new_token(),
        organization_id=organization_id,
        now=datetime.now(UTC),
    )
    return token
