"""What people do about an organization's deletion: look ahead, ask, approve, refuse, take back.

Each writes its fact, the intent for the process, and the audit entry in the caller's transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from db import audit, deletions, intents, organizations
from db.engine import Tx
from db.erasing import organizations as erasing
from domain.audit import Actor, Entry
from domain.deletion import Deletion, Obstacles, Preview, deletion_of
from domain.ids import new_id, show
from domain.organization import Organization
from domain.privacy_terms import PrivacyTerms
from domain.spelling import reason_spelled

WORKFLOW = "OrganizationDeletion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which organization, its name as somebody typed it, and why."""

    organization_id: UUID
    typed_name: str
    reason: str


async def preview(tx: Tx, *, organization_id: UUID) -> Preview:
    """What would go, what would stay and why, what is still open."""
    goes, stays = await erasing.preview(tx, organization_id=organization_id)
    money = await erasing.money(tx, organization_id=organization_id, unsent=False)
    obstacles = await erasing.obstacles(tx, organization_id=organization_id)
    warnings = [*_money_warnings(money.open_invoices, money.wallet_nanos), *_obstacle_warnings(obstacles)]
    return Preview(goes=goes, stays=stays, money=money, obstacles=obstacles, warnings=tuple(warnings))


def _money_warnings(open_invoices: int, wallet_nanos: int) -> list[str]:
    warnings = []
    if open_invoices == 1:
        warnings.append("1 invoice is open: it stays due and is collected after the deletion.")
    if open_invoices > 1:
        warnings.append(
            f"{open_invoices} invoices are open: they stay due and are collected after the deletion."
        )
    if wallet_nanos > 0:
        warnings.append("Credits are left in the wallet: nobody can use them after the deletion.")
    return warnings


def _obstacle_warnings(obstacles: Obstacles) -> list[str]:
    warnings = []
    if obstacles.held:
        warnings.append("A legal hold is in force: nothing is deleted before it is lifted.")
    if obstacles.payments_under_way:
        warnings.append("A payment is under way: the deletion waits until it has ended.")
    if obstacles.unpriced:
        warnings.append(
            "There is usage without a price: the deletion waits until it is priced and released from quarantine."
        )
    if obstacles.unbilled:
        warnings.append(
            "There is usage or a monthly charge on no invoice yet: the deletion waits for the month-end."
        )
    return warnings


async def request(
    tx: Tx, wanted: Request, *, terms: PrivacyTerms, by: UUID, actor: Actor, now: datetime
) -> Deletion:
    """A fresh request; its process tells who has to know once the transaction commits.

    Raises:
        Invalid: another name was typed, or no reason.
        Conflict: the deletion was asked for already.
    """
    organization = await organizations.lock(tx, organization_id=wanted.organization_id)
    deletion = deletion_of(
        organization,
        identifier=new_id(),
        typed_name=wanted.typed_name,
        reason=wanted.reason,
        by=by,
        now=now,
        decides_within=terms.expire_after,
    )
    await deletions.insert_one(tx, deletion)
    await intents.insert(
        tx,
        key=deletion.workflow_id,
        kind="start",
        workflow=WORKFLOW,
        workflow_id=deletion.workflow_id,
        payload=_payload(deletion, terms),
        organization_id=deletion.organization_id,
        actor=actor,
        summary="Deletion of an organization",
    )
    await _note(tx, "deletion.request", deletion, actor, {"reason": deletion.reason})
    return deletion


async def approve(
    tx: Tx, deletion_id: UUID, *, reason: str, terms: PrivacyTerms, by: UUID, actor: Actor, now: datetime
) -> Deletion:
    """The grace period begins: keys stop, members see and may restore.

    Raises:
        WrongState: there is nothing to decide.
        SamePerson: whoever asked decides.
    """
    organization, before = await _locked(tx, deletion_id)
    approved = before.approved(by=by, reason=" ".join(reason.split())[:500], now=now, grace=terms.grace)
    after = replace(approved, organization_was=organization.state)
    await organizations.save(tx, replace(organization, state="deleting", updated_at=now))
    await deletions.save(tx, after)
    facts: dict[str, object] = {"deletes_at": after.deletes_at, "reason": after.decision_reason}
    await _note(tx, "deletion.approve", after, actor, facts)
    await tell(tx, after, "approved", actor)
    return after


async def refuse(
    tx: Tx, deletion_id: UUID, *, reason: str, by: UUID, actor: Actor, now: datetime
) -> Deletion:
    """Nothing is deleted.

    Raises:
        Invalid: no reason.
        WrongState: there is nothing to decide.
        SamePerson: whoever asked decides.
    """
    _, before = await _locked(tx, deletion_id)
    after = before.refused(by=by, reason=reason_spelled(reason), now=now)
    await deletions.save(tx, after)
    await _note(tx, "deletion.refuse", after, actor, {"reason": after.decision_reason})
    await tell(tx, after, "refused", actor)
    return after


async def restore(tx: Tx, deletion_id: UUID, *, by: UUID, actor: Actor, now: datetime) -> Deletion:
    """The request is taken back, or the organization is again as it was.

    Raises:
        WrongState: it is over, or erasing has begun.
    """
    organization, before = await _locked(tx, deletion_id)
    after = before.restored(by=by, now=now)
    if organization.state == "deleting":
        await organizations.save(tx, replace(organization, state=before.organization_was, updated_at=now))
    await deletions.save(tx, after)
    await _note(tx, "deletion.restore", after, actor, {"state": after.state})
    await tell(tx, after, "restored", actor)
    return after


async def tell(tx: Tx, deletion: Deletion, what: str, actor: Actor, *, again: str = "") -> None:
    """The deletion's process looks again once the transaction commits; `again` tells repeated news apart."""
    await intents.insert(
        tx,
        key=f"{deletion.workflow_id}:{what}{again}",
        kind="signal",
        workflow=WORKFLOW,
        workflow_id=deletion.workflow_id,
        name="changed",
        payload={"reason": what},
        organization_id=deletion.organization_id,
        actor=actor,
    )


async def _locked(tx: Tx, deletion_id: UUID) -> tuple[Organization, Deletion]:
    """The deletion and, locked before it as everybody does, its organization."""
    known = await deletions.get(tx, deletion_id=deletion_id)
    organization = await organizations.lock(tx, organization_id=known.organization_id)
    return organization, await deletions.lock(tx, deletion_id=deletion_id)


async def _note(tx: Tx, action: str, deletion: Deletion, actor: Actor, facts: dict[str, object]) -> None:
    after = {"organization": show("org", deletion.organization_id), **facts}
    entry = Entry(action, "deletion", deletion.shown_id, deletion.organization_id, after=after)
    await audit.append(tx, [entry], actor=actor)


def _payload(deletion: Deletion, terms: PrivacyTerms) -> dict[str, object]:
    return {
        "deletion_id": deletion.shown_id,
        "organization_id": show("org", deletion.organization_id),
        "remind_seconds": terms.remind_after.total_seconds(),
        "escalate_seconds": terms.escalate_after.total_seconds(),
        "archive_seconds": terms.archives_last.total_seconds(),
    }
