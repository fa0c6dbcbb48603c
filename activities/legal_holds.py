"""Placing and lifting legal holds; deletions and erasures that wait are told."""

from datetime import datetime
from uuid import UUID

from activities.deletions import tell
from activities.erasures import tell_lifted
from db import audit, deletions, legal_holds, organizations
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import WrongState
from domain.ids import new_id
from domain.legal_hold import LegalHold
from domain.spelling import reason_spelled


async def place(
    tx: Tx, *, organization_id: UUID, reason: str, by: UUID, actor: Actor, now: datetime
) -> LegalHold:
    """A hold is in force from now on.

    Raises:
        Invalid: no reason.
        NotFound: there is no such organization.
        WrongState: it is deleted; a hold would promise to keep what is gone.
    """
    organization = await organizations.lock(tx, organization_id=organization_id)
    if organization.state == "deleted":
        raise WrongState("The organization is deleted: what could be held is erased already")
    hold = LegalHold(
        id=new_id(),
        organization_id=organization_id,
        reason=reason_spelled(reason),
        placed_by=by,
        placed_at=now,
    )
    await legal_holds.insert_one(tx, hold)
    await _told(tx, hold, "held", actor)
    await _note(tx, "hold.place", hold, {"reason": hold.reason}, actor)
    return hold


async def lift(tx: Tx, *, hold_id: UUID, reason: str, by: UUID, actor: Actor, now: datetime) -> LegalHold:
    """The hold is over; what waited for it goes on unless there is another.

    Raises:
        Invalid: no reason.
        NotFound: there is no such hold.
        WrongState: it was lifted before.
    """
    before = await legal_holds.lock(tx, hold_id=hold_id)
    await organizations.lock(tx, organization_id=before.organization_id)
    after = before.lifted(by=by, reason=reason_spelled(reason), now=now)
    await legal_holds.save(tx, after)
    await _told(tx, after, "lifted", actor)
    await tell_lifted(tx, hold=after, actor=actor)
    await _note(tx, "hold.lift", after, {"reason": after.lift_reason}, actor)
    return after


async def _told(tx: Tx, hold: LegalHold, what: str, actor: Actor) -> None:
    living = await deletions.find_living(tx, organization_id=hold.organization_id)
    if living is not None:
        await tell(tx, living, what, actor, again=f":{hold.id.hex}")


async def _note(tx: Tx, action: str, hold: LegalHold, facts: dict[str, str], actor: Actor) -> None:
    entry = Entry(action, "legal_hold", hold.shown_id, hold.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)
