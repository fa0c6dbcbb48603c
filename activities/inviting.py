"""What doors do with invitations, each in one transaction: invite, send anew, take back, accept."""

from datetime import datetime, timedelta
from uuid import UUID

from activities.invites import entry_of, start_process, tell_process
from db import audit, invites, members, organizations, users
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.email import email_spelled
from domain.errors import Conflict, Invalid
from domain.ids import new_id, read, show
from domain.invite import MOST_LIVING, AlreadyMember, Invite, SignInFirst, role_invited
from domain.user import User


async def invite(
    tx: Tx,
    *,
    organization_id: UUID | None,
    email: str,
    role: str,
    inviter: str,
    lasts: timedelta,
    actor: Actor,
    now: datetime,
) -> Invite:
    """The invitation is kept and its process wanted; `inviter` is the name the letter gives.

    Raises:
        Invalid: address or role are none, or too many invitations wait already.
        AlreadyMember: the person belongs already.
        LivingInvite: the address is invited already.
        WrongState: the organization is being deleted.
    """
    fresh = Invite(
        id=new_id(),
        organization_id=organization_id,
        email=email_spelled(email),
        role=role_invited(role, to_staff=organization_id is None),
        inviter=inviter,
        began_at=now,
        expires_at=now + lasts,
        created_at=now,
        invited_by=_person(actor),
    )
    await _require_outside(tx, fresh)
    if await invites.count_living(tx, organization_id=organization_id) >= MOST_LIVING:
        raise Invalid(f"{MOST_LIVING} invitations wait for an answer: take some back first")
    await invites.insert_one(tx, fresh)
    await start_process(tx, fresh, actor=actor)
    await audit.append(tx, [entry_of("invite.create", None, fresh)], actor=actor)
    return fresh


async def resend(
    tx: Tx, before: Invite, *, email: str | None, lasts: timedelta, actor: Actor, now: datetime
) -> Invite:
    """A new letter with a new link is on its way, where asked to another address; older links are replaced.

    Raises:
        WrongState: the invitation was accepted or taken back.
        AlreadyMember: the person belongs by now.
        Conflict: to the staff; the address is a client's by now.
        LivingInvite: the address has another invitation.
    """
    after = before.resent(email=email, now=now, lasts=lasts)
    await _require_outside(tx, after)
    await invites.save(tx, after)
    await start_process(tx, after, actor=actor)
    moved = {} if after.email == before.email else {"instead_of": before.email}
    await audit.append(tx, [entry_of("invite.resend", before, after, **moved)], actor=actor)
    return after


async def revoke(tx: Tx, before: Invite, *, actor: Actor, now: datetime) -> Invite:
    """The invitation is taken back: its links open nothing any more.

    Raises:
        WrongState: it has ended.
    """
    after = before.revoked(now)
    await invites.save(tx, after)
    await tell_process(tx, after, "revoked", actor=actor)
    await audit.append(tx, [entry_of("invite.revoke", before, after)], actor=actor)
    return after


async def join(
    tx: Tx,
    *,
    invite_id: UUID,
    generation: int,
    person: User,
    password_hash: str | None,
    actor: Actor,
    now: datetime,
) -> tuple[Invite, str]:
    """The person belongs, and the invitation is accepted; of two who try at once the second is refused.

    Also gives the role that they have now.

    With a `password_hash` the person is new; without one they have an account already.

    Raises:
        InviteOver: the link leads nowhere any more.
        SignInFirst: the address has got an account meanwhile.
    """
    before = await invites.lock(tx, invite_id=invite_id)
    before.require_open(generation, now)
    if password_hash is not None and not await members.insert_person(tx, person, password_hash=password_hash):
        raise SignInFirst("This address has an account by now: sign in, then accept with one click")
    role = await _role_of(tx, before, person) if password_hash is None else None
    new = password_hash is not None
    return await taken(
        tx, before, person, held=role, actor=actor, now=now, new_account=new
    ), role or before.role


async def taken(
    tx: Tx, before: Invite, person: User, *, held: str | None, actor: Actor, now: datetime, **how: str | bool
) -> Invite:
    """A locked invitation that still works is accepted by that person, who belongs; `how` stands in the log.

    Who belonged before keeps the role that they `held`, and has not joined.
    """
    after = before.accepted(person.id, now)
    await invites.save(tx, after)
    await tell_process(tx, after, "accepted", actor=actor)
    entries = [entry_of("invite.accept", before, after, role_held=held or before.role)]
    if held is None:
        await _add(tx, before, person, now)
        facts = {"role": before.role, "invite": show("inv", after.id), **how}
        who = show("usr", person.id)
        entries.append(Entry("member.join", "user", who, after.organization_id, None, facts))
    await audit.append(tx, entries, actor=actor)
    return after


async def _role_of(tx: Tx, invite: Invite, person: User) -> str | None:
    """The role of somebody with an account, who may belong already; of the staff one is by one's account."""
    if invite.organization_id is None:
        return person.staff_role
    return await members.find_role(tx, organization_id=invite.organization_id, user_id=person.id)


async def _add(tx: Tx, invite: Invite, person: User, now: datetime) -> None:
    """The person belongs to the organization; to the staff they belong by their account."""
    if invite.organization_id is None:
        return
    found = await organizations.get(tx, organization_id=invite.organization_id)
    found.require_joinable()
    await users.insert_membership(tx, organization_id=found.id, user_id=person.id, role=invite.role, now=now)


async def _require_outside(tx: Tx, invite: Invite) -> None:
    """Refuses to invite who belongs already, or cannot belong.

    Raises:
        AlreadyMember: they belong.
        Conflict: to the staff; the address is a client's.
        WrongState: the organization is being deleted.
    """
    if invite.organization_id is None:
        await _require_staff_free(tx, invite)
    else:
        await _require_free(tx, invite.organization_id, invite)


async def _require_free(tx: Tx, organization_id: UUID, invite: Invite) -> None:
    """Refuses to invite who belongs already."""
    found = await organizations.get(tx, organization_id=organization_id)
    found.require_joinable()
    if await members.find(tx, organization_id=organization_id, email=invite.email) is not None:
        raise AlreadyMember(
            f"{invite.email} belongs to {found.name} already; change the role under its members"
        )


async def _require_staff_free(tx: Tx, invite: Invite) -> None:
    """Refuses to make staff of who has an account: a client's stays a client's."""
    known = await users.find_credentials(tx, email=invite.email)
    if known is None:
        return
    if known.user.kind == "staff":
        raise AlreadyMember(f"{invite.email} is of the staff already; change the kind in the list of staff")
    raise Conflict(f"{invite.email} is a client's account; invite another address")


def _person(actor: Actor) -> UUID | None:
    """The person who acts, if it is one: an API key is not."""
    return read("usr", str(actor.id)) if actor.kind in ("staff", "member") else None
