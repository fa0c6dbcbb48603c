"""Who a provider's person is here: known by issuer and subject, else by a proven e-mail, else new.

Who is new, or was taken out and is invited again, takes the invitation that waits for them: its role, not the one
that the organization gives to everybody who comes this way.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request

from activities import inviting
from api.cookies import SESSION_COOKIE, read_cookie
from api.signing_in import person_of
from db import (
    audit,
    email_domains,
    invites,
    members,
    organizations,
    sessions,
    sign_on,
    sign_on_identities,
    users,
)
from db.engine import Tx
from domain.audit import Entry
from domain.email import email_spelled
from domain.errors import Invalid
from domain.ids import new_id, show
from domain.sign_on import Claims, Identity, Provider, SignOnRefused, require_own_people
from domain.user import User, token_hash

_GONE = "You no longer belong to this organization, or your account is closed; ask your administrator"
_ELSEWHERE = (
    "There is an account with your address that does not belong to this organization; "
    "open the link of your invitation, or ask your administrator to invite you"
)
_OWNERS = (
    "Owners link single sign-on themselves: sign in with your password or passkey first, "
    "then choose “Sign in through it” in the settings of single sign-on"
)
_INVITED_OWNERS = (
    "You are invited as an owner: open the link of the invitation first, and link single sign-on then"
)
_BY = "single sign-on"


async def recognized(tx: Tx, request: Request, provider: Provider, claims: Claims) -> User:
    """The person that the provider vouches for; at their first time linked or made a member.

    Who was taken out comes back by an invitation only.

    Raises:
        SignOnRefused: the provider may not vouch for them, or they may not come in.
    """
    # One after the other: two first visits at once make one member.
    present = await sign_on.lock(tx, organization_id=provider.organization_id)
    if present is None or present.id != provider.id:
        raise SignOnRefused("Single sign-on was changed meanwhile. Sign in again")
    now, where = datetime.now(UTC), provider.organization_id
    known = await sign_on_identities.find(
        tx, organization_id=where, issuer=claims.issuer, subject=claims.subject
    )
    user = await users.get(tx, user_id=known.user_id) if known else None
    if user is None:
        user = await _first_time(tx, request, provider, _spelled(claims))
    if user.disabled_at is not None:
        raise SignOnRefused(_GONE)
    if await _role(tx, provider, user) is None and not await _invited(tx, request, provider, user):
        raise SignOnRefused(_GONE)
    identity = Identity(
        organization_id=where,
        issuer=claims.issuer,
        subject=claims.subject,
        user_id=user.id,
        email=claims.email[:254],
    )
    await sign_on_identities.note(tx, identity, now=now)
    await sign_on.note_use(tx, organization_id=where, now=now)
    return user


async def _first_time(tx: Tx, request: Request, provider: Provider, claims: Claims) -> User:
    """The member of that address, linked from now on, or a new one.

    Raises:
        SignOnRefused: the address is not the organization's, or somebody's who does not belong to it.
    """
    proven = await email_domains.list_proven(tx, organization_id=provider.organization_id)
    require_own_people(claims, provider=provider, proven=proven)
    found = await users.find_credentials(tx, email=claims.email)
    if found is None:
        return await _joined(tx, request, provider, claims)
    role = await _role(tx, provider, found.user)
    if found.user.kind != "client" or role is None:
        raise SignOnRefused(_ELSEWHERE)
    # Whoever holds the provider speaks for everybody linked to it: an owner agrees to that by doing it themselves.
    if role == "owner" and await _reader(tx, request) != found.user.id:
        raise SignOnRefused(_OWNERS)
    await _note(tx, request, provider, "sign_on.link", found.user, {"subject": claims.subject})
    return found.user


async def _joined(tx: Tx, request: Request, provider: Provider, claims: Claims) -> User:
    """A new member, as invited; else with the role that the organization gives to who comes this way."""
    now, where = datetime.now(UTC), provider.organization_id
    name = claims.name or claims.email.partition("@")[0]
    user = User(id=new_id(), email=claims.email, name=name, kind="client", staff_role=None, created_at=now)
    if (await organizations.get(tx, organization_id=where)).state in ("deleting", "deleted"):
        raise SignOnRefused("The organization is being deleted; nobody can join it")
    if not await members.insert_person(tx, user, password_hash=None):
        raise SignOnRefused(_ELSEWHERE)
    if await _invited(tx, request, provider, user):
        return user
    role = provider.default_role
    await users.insert_membership(tx, organization_id=where, user_id=user.id, role=role, now=now)
    facts = {"email": user.email, "role": role, "by": _BY, "subject": claims.subject}
    await _note(tx, request, provider, "member.join", user, facts)
    return user


async def _invited(tx: Tx, request: Request, provider: Provider, user: User) -> bool:
    """Whether an invitation waited for the person; they have accepted it by coming, and have its role.

    Raises:
        SignOnRefused: they are invited as an owner.
    """
    now, where = datetime.now(UTC), provider.organization_id
    found = await invites.lock_living(tx, organization_id=where, email=user.email)
    if found is None or now >= found.expires_at:
        return False
    if found.role == "owner":
        raise SignOnRefused(_INVITED_OWNERS)
    actor = person_of(request, user)
    await inviting.taken(tx, found, user, held=None, actor=actor, now=now, email=user.email, by=_BY)
    return True


async def _role(tx: Tx, provider: Provider, user: User) -> str | None:
    """The person's role in the provider's organization, None when they do not belong to it."""
    return await members.find_role(tx, organization_id=provider.organization_id, user_id=user.id)


async def _reader(tx: Tx, request: Request) -> UUID | None:
    """Who is signed in with this browser already."""
    found = await sessions.find(tx, token_hash=token_hash(read_cookie(request, SESSION_COOKIE)))
    lives = found is not None and found.session.lives(datetime.now(UTC))
    return found.user.id if found is not None and lives else None


def _spelled(claims: Claims) -> Claims:
    """The claims with the e-mail in its one spelling.

    Raises:
        SignOnRefused: it is no address.
    """
    try:
        return replace(claims, email=email_spelled(claims.email))
    except Invalid:
        raise SignOnRefused("The provider names no e-mail address of yours; ask your administrator") from None


async def _note(
    tx: Tx, request: Request, provider: Provider, action: str, user: User, facts: dict[str, str]
) -> None:
    """Writes down what the person's coming has changed."""
    entry = Entry(action, "user", show("usr", user.id), provider.organization_id, None, facts)
    await audit.append(tx, [entry], actor=person_of(request, user))
