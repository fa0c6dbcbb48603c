"""Accepting an invitation: by somebody new, who chooses a password, or by who has an account and is signed in.

Looking at a link changes nothing, so letters may be fetched ahead by whatever reads them first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from activities import inviting
from api.security import database_of, identities_of
from api.sign_on_policy import SignOnRequired, require_switchable
from api.signing_in import person_of
from db import invites, organizations, sessions, users
from db.engine import Tx
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.invite import Invite, SignInFirst, WrongAccount
from domain.password import password_checked
from domain.principal import Unauthenticated
from domain.spelling import name_spelled
from domain.user import SignedIn, User, token_hash
from gateways.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link leads to: the invitation, the link's generation, the organization's name, who has the address."""

    invite: Invite
    generation: int
    team: str
    account: User | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Who belongs now."""

    invite: Invite
    person: User
    team: str


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


async def accept_new(request: Request, token: str, *, name: str, password: str) -> Joined:
    """Somebody new belongs, with an account of their own.

    Raises:
        NotFound: the link is unknown.
        InviteOver: it leads nowhere any more.
        SignInFirst: the address has an account already.
        Invalid: the name or the password will not do.
    """
    asked = await asked_by(request, token)
    asked.invite.require_open(asked.generation, _now())
    if asked.account is not None:
        raise SignInFirst("This address has an account: sign in, then accept with one click")
    person = _new_person(asked.invite, name)
    # Before the transaction: hashing takes longer than anybody should hold a lock.
    passwords: Passwords = request.app.state.passwords
    chosen = password_checked(password, about=(person.email, person.name))
    kept = await passwords.hashed(chosen)
    async with database_of(request).begin() as tx:
        return await _join(tx, request, asked, person, kept)


async def accept_known(request: Request, token: str, signed_in: SignedIn) -> Joined:
    """Whoever is signed in belongs too; their session goes on in the organization where that is allowed.

    Raises:
        NotFound: the link is unknown.
        InviteOver: it leads nowhere any more.
        WrongAccount: the invitation is somebody else's.
        Conflict: staff cannot be clients, nor clients staff.
    """
    asked, person = await asked_by(request, token), signed_in.user
    asked.invite.require_open(asked.generation, _now())
    require_right_account(asked, person)
    async with database_of(request).begin() as tx:
        joined = await _join(tx, request, asked, person, None)
        await _switch(tx, joined, signed_in)
    return joined


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


async def _join(tx: Tx, request: Request, asked: Asked, person: User, password_hash: str | None) -> Joined:
    after = await inviting.join(
        tx,
        invite_id=asked.invite.id,
        generation=asked.generation,
        person=person,
        password_hash=password_hash,
        actor=person_of(request, person),
        now=_now(),
    )
    return Joined(after, person, asked.team)


async def _switch(tx: Tx, joined: Joined, signed_in: SignedIn) -> None:
    """The session speaks for the new organization, unless that asks for another way in."""
    organization_id = joined.invite.organization_id
    if organization_id is None:
        return
    try:
        await require_switchable(tx, session=signed_in.session, organization_id=organization_id)
    except SignOnRequired:
        return
    await sessions.switch(tx, token_hash=signed_in.session.token_hash, organization_id=organization_id)


async def _team(tx: Tx, invite: Invite) -> str:
    """The organization's name; empty for our own staff."""
    if invite.organization_id is None:
        return ""
    return (await organizations.get(tx, organization_id=invite.organization_id)).name


def _new_person(invite: Invite, name: str) -> User:
    staff = invite.organization_id is None
    return User(
        id=new_id(),
        email=invite.email,
        name=name_spelled(name),
        kind="staff" if staff else "client",
        staff_role=("contractor" if invite.role == "contractor" else "admin") if staff else None,
        created_at=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC)
