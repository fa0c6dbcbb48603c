"""Which ways in an organization admits: any, unless it has made single sign-on the only one."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from db import sign_on
from db.engine import Tx
from domain.errors import Forbidden
from domain.user import SignInMethod


class SignOnRequired(Forbidden):
    """The organization lets its people in by single sign-on only."""

    code: ClassVar[str] = "single_sign_on_required"


async def admitted(tx: Tx, *, user_id: UUID, organization_ids: Sequence[UUID], method: SignInMethod) -> UUID:
    """The first of a person's organizations that lets them in this way.

    Raises:
        SignOnRequired: all of them ask for single sign-on.
    """
    closed = (
        frozenset[UUID]() if method == "single_sign_on" else await sign_on.list_enforcing(tx, user_id=user_id)
    )
    for organization_id in organization_ids:
        if organization_id not in closed:
            return organization_id
    raise SignOnRequired("Your organization signs in with its own sign-on service; use single sign-on")


async def require_switchable(tx: Tx, *, user_id: UUID, organization_id: UUID) -> None:
    """Refuses to take a session into an organization that lets people in through its own sign-on only.

    Raises:
        SignOnRequired: it does; sign in there.
    """
    if organization_id in await sign_on.list_enforcing(tx, user_id=user_id):
        raise SignOnRequired("That organization signs in with its own sign-on service; use single sign-on")
