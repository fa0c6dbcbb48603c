"""Steps of an organization's deletion: read where it stands, write letters, expire, begin, archive, forget."""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.deletion_letters import DeletionLetter, DeletionLetters
from activities.recurring_charges import end_charges
from db import audit, data_exports, deletions, legal_holds, mails, organizations
from db.engine import Database, Tx
from db.erasing import organizations as erasing
from domain.audit import Entry
from domain.data_export import DataExport
from domain.deletion import Deletion, DeletionState, Obstacles
from domain.ids import new_id, read, show

_PORTION = 5_000


class DeletionStanding(BaseModel):
    """Where a deletion stands; `obstacle` is what it waits for now, empty when nothing is in its way."""

    model_config = ConfigDict(frozen=True)

    state: DeletionState
    decides_until: datetime
    deletes_at: datetime | None = None
    obstacle: str = ""


class DeletionLetterOrder(BaseModel):
    """Which letter about which deletion."""

    model_config = ConfigDict(frozen=True)

    deletion_id: str
    kind: DeletionLetter


class ArchiveOrder(BaseModel):
    """The last archive of an organization."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    ready: bool = False


class TextsErased(BaseModel):
    """How many texts were erased, and whether a legal hold stopped it."""

    model_config = ConfigDict(frozen=True)

    erased: int
    held: bool = False


class DeletionSteps:
    """One method per step; each may be repeated without a second effect."""

    def __init__(self, database: Database, letters: DeletionLetters) -> None:
        self._database = database
        self._letters = letters

    @activity.defn
    async def read_deletion(self, deletion_id: str) -> DeletionStanding:
        """Where it stands and what would be in its way."""
        async with self._database.begin() as tx:
            deletion = await deletions.get(tx, deletion_id=read("del", deletion_id))
            return standing(deletion, await erasing.obstacles(tx, organization_id=deletion.organization_id))

    @activity.defn
    async def write_deletion_letter(self, order: DeletionLetterOrder) -> int:
        """Afterwards the letter is in the outbox for each of its readers, once; says for how many."""
        async with self._database.begin() as tx:
            deletion = await deletions.get(tx, deletion_id=read("del", order.deletion_id))
            return await self._letters.write(tx, deletion, order.kind, now=datetime.now(UTC))

    @activity.defn
    async def expire_deletion(self, deletion_id: str) -> DeletionStanding:
        """Afterwards the request has expired, unless somebody decided in the meantime."""
        async with self._database.begin() as tx:
            deletion = await locked(tx, deletion_id)
            if deletion.state == "requested":
                deletion = deletion.expired()
                await deletions.save(tx, deletion)
                await note(tx, "deletion.expire", deletion)
            return standing(deletion, Obstacles())

    @activity.defn
    async def begin_finishing(self, deletion_id: str) -> DeletionStanding:
        """Afterwards erasing has begun, unless something is in the way: none can restore.

        But for a legal hold, which may last for years, its charges have ended, so that the last of them is invoiced.
        """
        async with self._database.begin() as tx:
            deletion = await locked(tx, deletion_id)
            held = await legal_holds.is_held(tx, organization_id=deletion.organization_id)
            if deletion.state == "grace" and not held:
                await end_charges(tx, deletion)
            obstacles = await erasing.obstacles(tx, organization_id=deletion.organization_id)
            if deletion.state == "grace" and not obstacles.any:
                deletion = replace(deletion, state="finishing")
                await deletions.save(tx, deletion)
                await note(tx, "deletion.begin", deletion)
            return standing(deletion, obstacles)

    @activity.defn
    async def open_archive(self, deletion_id: str) -> ArchiveOrder:
        """Afterwards the organization's last archive is asked for, once; one that failed is asked for again."""
        async with self._database.begin() as tx:
            deletion = await locked(tx, deletion_id)
            known = await data_exports.find_of_deletion(tx, deletion_id=deletion.id)
            if known is None:
                known = _archive_of(deletion)
                await data_exports.insert_one(tx, known)
            elif known.state in ("failed", "cancelled"):
                await data_exports.reopen(tx, export_id=known.id)
            return ArchiveOrder(export_id=known.shown_id, ready=known.state == "ready")

    @activity.defn
    async def erase_texts(self, deletion_id: str) -> TextsErased:
        """Afterwards no text of a request or response is left, unless a legal hold came; says how many went."""
        erased = sum(activity.info().heartbeat_details)
        while True:
            async with self._database.begin() as tx:
                deletion = await deletions.get(tx, deletion_id=read("del", deletion_id))
                if await legal_holds.is_held_now(tx, organization_id=deletion.organization_id):
                    return TextsErased(erased=erased, held=True)
                found = await erasing.erase_payloads(
                    tx, organization_id=deletion.organization_id, most=_PORTION
                )
            erased += found
            activity.heartbeat(erased)
            if found < _PORTION:
                return TextsErased(erased=erased)

    @activity.defn
    async def count_letters_waiting(self, subject_id: str) -> int:
        """How many letters about a deletion or an erasure have not left yet."""
        async with self._database.begin() as tx:
            return await mails.count_waiting_about(tx, subject_id=subject_id)

    @activity.defn
    async def forget_people(self, deletion_id: str) -> int:
        """Afterwards letters and addresses of its people are erased; says of how many people."""
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            deletion = await locked(tx, deletion_id)
            if deletion.state != "deleted":
                return 0
            people = await erasing.forget_people(tx, organization_id=deletion.organization_id, now=now)
            if people:
                await note(tx, "deletion.forget_people", deletion, people=people)
            return people


def standing(deletion: Deletion, obstacles: Obstacles) -> DeletionStanding:
    """The deletion as its process knows it."""
    return DeletionStanding(
        state=deletion.state,
        decides_until=deletion.decides_until,
        deletes_at=deletion.deletes_at,
        obstacle=obstacles.words,
    )


async def locked(tx: Tx, deletion_id: str) -> Deletion:
    """The deletion, locked after its organization."""
    known = await deletions.get(tx, deletion_id=read("del", deletion_id))
    await organizations.lock(tx, organization_id=known.organization_id)
    return await deletions.lock(tx, deletion_id=known.id)


async def note(tx: Tx, action: str, deletion: Deletion, **facts: int | str) -> None:
    """Writes to the audit log what the process did."""
    after = {"organization": show("org", deletion.organization_id), **facts}
    entry = Entry(action, "deletion", deletion.shown_id, deletion.organization_id, after=after)
    await audit.append(tx, [entry])


def _archive_of(deletion: Deletion) -> DataExport:
    return DataExport(
        id=new_id(),
        organization_id=deletion.organization_id,
        user_id=None,
        deletion_id=deletion.id,
        state="requested",
        requested_by=deletion.requested_by,
        requested_at=datetime.now(UTC),
    )
