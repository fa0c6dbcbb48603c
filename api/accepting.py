"""Accepting an invitation: by somebody new, who chooses a password, or by who has an account and is signed in.

Who accepts twice is answered as at the first time; everybody else is told that the invitation was accepted.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from activities import inviting
from api.asked_invites import Asked, asked_by, require_right_account
from api.cookies import write_session
from api.password_check import proved_by_password
from api.security import database_of
from api.session_switch import speak_for, token_of_renewed
from api.sign_on_policy import SignOnRequired
from api.signing_in import person_of
from db import members
from db.engine import Tx
from domain.errors import Refusal
from domain.ids import new_id
from domain.invite import Invite, InviteAccepted, SignInFirst
from domain.password import password_checked
from domain.principal import Unauthenticated
from domain.spelling import name_spelled
from domain.user import SignedIn, User
from gateways.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Joined:
    """Who belongs now, as what; `token` is the session's new one where it goes on in the organization."""

    invite: Invite
    person: User
    team: str
    role: str
    token: str = ""

    def hand_over(self, request: Request, response: Response) -> None:
        """Gives the browser its session anew."""
        if self.token:
            write_session(request, response, self.token)


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


async def accept_new_again(request: Request, token: str, *, name: str, password: str) -> Joined:
    """The same for programs, which may ask twice: who proves by the password that it was they is answered alike.

    It opens no session, so it asks for no second factor.

    Raises:
        TooManyAttempts: too many wrong passwords; wait.
        Refusal: as `accept_new`.
    """
    try:
        return await accept_new(request, token, name=name, password=password)
    except (InviteAccepted, SignInFirst) as refusal:
        asked = await asked_by(request, token)
        if not password or asked.invite.state != "accepted":
            raise
        try:
            proved = await proved_by_password(request, email=asked.invite.email, password=password)
        except Unauthenticated:
            raise refusal from None
        return await _as_before(request, asked, proved.user, refusal)


async def accept_known(request: Request, token: str, signed_in: SignedIn) -> Joined:
    """Whoever is signed in belongs too; their session goes on in the organization where that is allowed.

    Raises:
        NotFound: the link is unknown.
        InviteOver: it leads nowhere any more.
        WrongAccount: the invitation is somebody else's.
        Conflict: staff cannot be clients, nor clients staff.
    """
    asked, person = await asked_by(request, token), signed_in.user
    try:
        asked.invite.require_open(asked.generation, _now())
        require_right_account(asked, person)
        async with database_of(request).begin() as tx:
            joined = await _join(tx, request, asked, person, None)
            return await _switched(tx, request, joined, signed_in)
    except InviteAccepted as over:
        before = await _as_before(request, await asked_by(request, token), person, over)
        async with database_of(request).begin() as tx:
            return replace(before, token=await token_of_renewed(tx, request))


async def _join(tx: Tx, request: Request, asked: Asked, person: User, password_hash: str | None) -> Joined:
    after, role = await inviting.join(
        tx,
        invite_id=asked.invite.id,
        generation=asked.generation,
        person=person,
        password_hash=password_hash,
        actor=person_of(request, person),
        now=_now(),
    )
    return Joined(after, person, asked.team, role)


async def _as_before(request: Request, asked: Asked, person: User, refusal: Refusal) -> Joined:
    """What the person was answered when they accepted by this link.

    Raises:
        Refusal: the given one; it was somebody else, or they have left since.
    """
    invite = asked.invite
    role: str | None = invite.role
    if invite.organization_id is not None:
        async with database_of(request).begin() as tx:
            role = await members.find_role(tx, organization_id=invite.organization_id, user_id=person.id)
    if role is None or invite.accepted_by != person.id or asked.generation != invite.generation:
        raise refusal
    return Joined(invite, person, asked.team, role)


async def _switched(tx: Tx, request: Request, joined: Joined, signed_in: SignedIn) -> Joined:
    """The session speaks for the new organization, unless that asks for another way in."""
    organization_id = joined.invite.organization_id
    if organization_id is None or organization_id == signed_in.session.organization_id:
        return joined
    actor = person_of(request, joined.person)
    try:
        _, token = await speak_for(
            tx, request, signed_in.session, organization_id=organization_id, actor=actor
        )
    except SignOnRequired:
        return joined
    return replace(joined, token=token)


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
