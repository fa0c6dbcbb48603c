"""What an invitation's link asks, and of whom; looking at it changes nothing, whatever reads letters first."""

from dataclasses import dataclass

from starlette.requests import Request

from api.security import database_of, identities_of
from db import invites, organizations, users
from db.engine import Tx
from domain.errors import Conflict, NotFound
from domain.invite import Invite, WrongAccount
from domain.principal import Unauthenticated
from domain.user import SignedIn, User, token_hash


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link leads to: the invitation, the link's generation, the organization's name, who has the address."""

    invite: Invite
    generation: int
    team: str
    account: User | None


async def asked_by(request: Request, token: str) -> Asked:
    """What a link leads to; changes nothing, and says nothing about whether it is still good.

    Raises:
        NotFound: nobody ever got such a link.
    """
    async with database_of(request).begin() as tx:
        found = await invites.find_by_token(tx, token_hash=token_hash(token))
        if found is None:
            raise NotFound("Nobody was ever sent this link. Check that it was copied whole")
        invite, generation = found
        known = await users.find_credentials(tx, email=invite.email)
        team = await _team(tx, invite)
    return Asked(invite, generation, team, known.user if known else None)


def require_right_account(asked: Asked, person: User) -> None:
    """Refuses who is not the invited one, or cannot be what they are invited as.

    Raises:
        WrongAccount: the invitation is somebody else's.
        Conflict: staff cannot be clients, nor clients staff.
    """
    if person.email != asked.invite.email:
        raise WrongAccount(
            f"This invitation is for {asked.invite.email}, and you are signed in as {person.email}: sign out first"
        )
    if (person.kind == "staff") != (asked.invite.organization_id is None):
        raise Conflict(
            "An account of the staff cannot be a client's, nor the other way round; use another address"
        )


async def who_looks(request: Request) -> SignedIn | None:
    """Whoever is signed in in this browser, if anybody; a change must carry the session's token.

    Raises:
        CsrfRefused: it does not.
    """
    try:
        return await identities_of(request).signed_in(request)
    except Unauthenticated:
        return None


async def _team(tx: Tx, invite: Invite) -> str:
    """The organization's name; empty for our own staff."""
    if invite.organization_id is None:
        return ""
    return (await organizations.get(tx, organization_id=invite.organization_id)).name
