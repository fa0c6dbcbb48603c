"""Which ways in an organization admits: any, unless it has made single sign-on the only one.

Its owners keep one more way, so that a broken provider locks nobody out for good: a passkey, or the password with
a second factor.
"""

from collections.abc import Sequence
from uuid import UUID

from api.second_factors import methods_of
from db import sign_on
from db.engine import Tx
from domain.ids import show
from domain.sign_on import SignOnRequired
from domain.user import Session, SignInMethod


async def admitted(tx: Tx, *, user_id: UUID, organization_ids: Sequence[UUID], method: SignInMethod) -> UUID:
    """The first of a person's organizations that lets them in this way.

    Raises:
        SignOnRequired: all of them ask for single sign-on.
    """
    closed = await _closed(tx, user_id=user_id, method=method)
    for organization_id in organization_ids:
        if organization_id not in closed:
            return organization_id
    raise SignOnRequired(
        "Your organization signs in through its own provider: use single sign-on",
        organization_id=show("org", organization_ids[0]),
    )


async def require_switchable(tx: Tx, *, session: Session, organization_id: UUID) -> None:
    """Refuses to take a session into an organization that did not let it in, or through another's provider.

    Raises:
        SignOnRequired: sign in there.
    """
    if session.method == "single_sign_on":
        raise SignOnRequired(
            "You came in through one organization's provider, which cannot speak for another; "
            "sign in there, or with your password or passkey"
        )
    if organization_id in await _closed(tx, user_id=session.user_id, method=session.method):
        raise SignOnRequired(
            "That organization signs in through its own provider: sign out and use single sign-on",
            organization_id=show("org", organization_id),
        )


async def _closed(tx: Tx, *, user_id: UUID, method: SignInMethod) -> frozenset[UUID]:
    """The person's organizations that this way in does not open."""
    if method == "single_sign_on":
        return frozenset()
    enforcing = await sign_on.list_enforcing(tx, user_id=user_id)
    if not enforcing:
        return frozenset()
    # Whoever has set up a second factor was asked for it before any session is opened by password.
    strong = method == "passkey" or bool(await methods_of(tx, user_id=user_id))
    return frozenset(where for where, role in enforcing.items() if not (strong and role == "owner"))
