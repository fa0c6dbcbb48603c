"""Asking for the erasure of one's own account, and taking it back, in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from db import audit, erasures, intents
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.erasure import Erasure, erasure_of
from domain.ids import new_id
from domain.legal_hold import LegalHold
from domain.privacy_terms import PrivacyTerms

WORKFLOW = "Erasure"


async def request(
    tx: Tx, user_id: UUID, *, staff: bool, terms: PrivacyTerms, actor: Actor, now: datetime
) -> Erasure:
    """The account is erased after its days of grace.

    Raises:
        Conflict: a staff account.
        LastOwner: an organization would be left without an owner.
        Held: a legal hold covers an organization of theirs.
        Conflict: it was asked for already.
    """
    belongings = await erasures.list_belongings(tx, user_id=user_id)
    erasure = erasure_of(
        user_id, belongings, staff=staff, identifier=new_id(), now=now, grace=terms.erasure_grace
    )
    await erasures.insert_one(tx, erasure)
    await intents.insert(
        tx,
        key=erasure.workflow_id,
        kind="start",
        workflow=WORKFLOW,
        workflow_id=erasure.workflow_id,
        payload={"erasure_id": erasure.shown_id, "lasts_seconds": terms.archives_last.total_seconds()},
        actor=actor,
        summary="Erasure of an account",
    )
    after = {"erases_at": erasure.erases_at}
    await audit.append(tx, [Entry("erasure.request", "erasure", erasure.shown_id, after=after)], actor=actor)
    return erasure


async def cancel(tx: Tx, erasure_id: UUID, *, actor: Actor, now: datetime) -> Erasure:
    """The account stays.

    Raises:
        WrongState: erasing has begun, or it was taken back before.
    """
    after = (await erasures.lock(tx, erasure_id=erasure_id)).cancelled(now)
    await erasures.save(tx, after)
    await audit.append(tx, [Entry("erasure.cancel", "erasure", after.shown_id)], actor=actor)
    await _tell(tx, after, "cancelled", key="cancelled", actor=actor)
    return after


async def tell_lifted(tx: Tx, *, hold: LegalHold, actor: Actor) -> None:
    """Wants whoever of the organization is to be erased to look again: a hold that may have been in the way is over."""
    for erasure in await erasures.list_living(tx, organization_id=hold.organization_id):
        await _tell(tx, erasure, "lifted", key=f"lifted:{hold.id.hex}", actor=actor)


async def _tell(tx: Tx, erasure: Erasure, reason: str, *, key: str, actor: Actor) -> None:
    await intents.insert(
        tx,
        key=f"{erasure.workflow_id}:{key}",
        kind="signal",
        workflow=WORKFLOW,
        workflow_id=erasure.workflow_id,
        name="changed",
        payload={"reason": reason},
        actor=actor,
    )
