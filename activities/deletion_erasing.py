"""The last step of a deletion: everything erased in one transaction, certified, and the owners told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.certifying import Matter, certify, open_take_away
from activities.deletion_steps import DeletionStanding, locked, note, standing
from activities.invites import tell_of_erasure
from activities.privacy_letters import Addressed, PrivacyLetters
from db import belonging, data_exports, deletions, invites, organizations, wallets
from db.engine import Database, Tx
from db.erasing import organizations as erasing
from db.erasing.people import Person, list_owners
from domain.certificate import Certificate
from domain.data_export import DataExport
from domain.deletion import Deletion, Part
from domain.ids import read, show
from domain.letters import DeletionDone
from domain.mail import READERS_LINK
from domain.organization import Organization

_ADDRESSES = (
    "E-mail addresses of people who belonged to no other organization are erased when the last letter to them has "
    "left, at the latest 24 hours after this certificate"
)
_OWING = (
    "Where invoices go, and at the payment provider the customer with its saved cards, is kept until the open "
    "invoices are settled, and erased on the day after"
)
_PROVIDER = (
    "The payment provider has deleted the customer with its name, address and saved cards; charges and refunds "
    "stay with the provider as long as its own law demands"
)


class EraseOrder(BaseModel):
    """Which deletion; how many texts and saved cards went before; for how long archive and certificate can be fetched."""

    model_config = ConfigDict(frozen=True)

    deletion_id: str
    texts: int = 0
    cards: int | None = None
    archive_seconds: float


class DeletionErasing:
    """May be repeated: what is deleted stays as it is."""

    def __init__(self, database: Database, letters: PrivacyLetters) -> None:
        self._database = database
        self._letters = letters

    @activity.defn
    async def erase_organization(self, order: EraseOrder) -> DeletionStanding:
        """Afterwards personal data is erased and certified, unless something is in the way."""
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            await _wait_for_writers(tx, order)
            deletion = await locked(tx, order.deletion_id)
            obstacles = await erasing.obstacles(tx, organization_id=deletion.organization_id)
            if deletion.state != "finishing" or obstacles.any:
                return standing(deletion, obstacles)
            deletion = await self._erase(tx, deletion, order, now)
            return standing(deletion, obstacles)

    async def _erase(self, tx: Tx, deletion: Deletion, order: EraseOrder, now: datetime) -> Deletion:
        identifier = deletion.organization_id
        organization = await organizations.get(tx, organization_id=identifier)
        owners = await list_owners(tx, organization_id=identifier)
        money = await erasing.money(tx, organization_id=identifier)
        archive = await data_exports.find_of_deletion(tx, deletion_id=deletion.id)
        before = (
            Part(noun="texts of requests and responses", count=order.texts),
            Part(noun="cards and bank accounts saved at the payment provider", count=order.cards or 0),
        )
        await tell_of_erasure(tx, await invites.list_living_into(tx, organization_id=identifier))
        erased = await erasing.erase(tx, organization_id=identifier, owing=money.open_invoices > 0, now=now)
        certificate = await certify(
            tx,
            Matter(kind="organization_deletion", subject_id=deletion.shown_id, organization_id=identifier),
            sender=self._letters.sender,
            erased=(*before, *erased),
            kept=await erasing.kept(tx, organization_id=identifier),
            facts=_facts(deletion, organization, archive, _notes(order, owing=money.open_invoices > 0)),
            now=now,
        )
        until = now + timedelta(seconds=order.archive_seconds)
        export_id = archive.id if archive else None
        token = await open_take_away(tx, certificate, export_id=export_id, now=now, until=until)
        for owner in owners:
            await self._tell(tx, organization, certificate, owner, token, until, money.open_invoices, now)
        after = replace(deletion, state="deleted", finished_at=now)
        await deletions.save(tx, after)
        await note(tx, "deletion.finish", after, certificate=certificate.shown_id)
        return after

    async def _tell(
        self,
        tx: Tx,
        organization: Organization,
        certificate: Certificate,
        owner: Person,
        token: str,
        until: datetime,
        open_invoices: int,
        now: datetime,
    ) -> None:
        facts = DeletionDone(
            who=self._letters.sender.to_client(organization),
            organization=organization.name,
            certificate=certificate.shown_id,
            link=READERS_LINK,
            available_until=until,
            open_invoices=open_invoices,
        )
        letter = Addressed(
            kind="deletion_done",
            facts=facts,
            to=owner,
            subject_id=certificate.subject_id,
            organization_id=organization.id,
            link=self._letters.page(f"/take-away/{token}"),
        )
        await self._letters.queue(tx, letter, now=now)


async def _wait_for_writers(tx: Tx, order: EraseOrder) -> None:
    """Afterwards no door writes to the organization and none of its money moves; who comes next is told it is deleted.

    Usage that was quicker is seen, and waited for, by whoever looks after this.
    """
    known = await deletions.get(tx, deletion_id=read("del", order.deletion_id))
    await belonging.wait_for_writers(tx, organization_id=known.organization_id)
    await wallets.lock(tx, organization_id=known.organization_id)


def _notes(order: EraseOrder, *, owing: bool) -> list[str]:
    """What the certificate says beside the counts."""
    forgotten = [_PROVIDER] if order.cards is not None else []
    return [_ADDRESSES, *([_OWING] if owing else []), *forgotten]


def _facts(
    deletion: Deletion, organization: Organization, archive: DataExport | None, notes: list[str]
) -> dict[str, Any]:
    decided = show("usr", deletion.decided_by) if deletion.decided_by else ""
    facts: dict[str, Any] = {
        "organization": {"id": show("org", organization.id), "name": organization.name},
        "asked": {
            "by": show("usr", deletion.requested_by),
            "at": deletion.requested_at.isoformat(timespec="seconds"),
            "reason": deletion.reason,
        },
        "approved": {
            "by": decided,
            "at": _at(deletion.decided_at),
            "grace_ended_at": _at(deletion.deletes_at),
        },
        "notes": notes,
    }
    if archive is not None and archive.sha256 is not None:
        facts["archive"] = {"sha256": archive.sha256.hex(), "bytes": archive.size_bytes}
    return facts


def _at(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
