"""Steps of making an archive: build it chunk by chunk, say how it ended, write the letter."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.archives import organization, person
from activities.archives.archive import Archive, File
from activities.heartbeats import beating
from activities.privacy_letters import Addressed, PrivacyLetters
from db import audit, data_exports, organizations, users
from db.engine import Database, Tx
from db.erasing.people import find_person
from domain.audit import Entry
from domain.data_export import DataExport, ExportState
from domain.ids import read, show
from domain.letters import ExportReady


class ExportOrder(BaseModel):
    """Which archive, and for how long it can be fetched."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    lasts_seconds: float


class ExportEnd(BaseModel):
    """How an archive that was not made ended."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    state: Literal["failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where an archive's files come from: a transaction that shows the subject's data only, and its files."""

    tx: AbstractAsyncContextManager[Tx]
    fixed: int
    about: dict[str, str]

    def files(self, tx: Tx, export: DataExport) -> AsyncIterator[File]:
        """Every file of the archive."""
        if export.organization_id is not None:
            return organization.files(tx, export.organization_id)
        return person.files(tx, _person_of(export))


class _Ended(Exception):
    """Somebody ended the archive while it was made: it was cancelled, or whose it is was erased."""


class ExportSteps:
    """One method per step; each may be repeated: a half-made archive is begun anew."""

    def __init__(self, database: Database, letters: PrivacyLetters) -> None:
        self._database = database
        self._letters = letters

    @activity.defn
    async def build_archive(self, order: ExportOrder) -> ExportState:
        """Afterwards the archive is ready, unless somebody ended it."""
        export_id = read("prv", order.export_id)
        async with self._database.begin() as tx:
            export = await data_exports.lock(tx, export_id=export_id)
            if not export.under_way:
                return export.state
            await data_exports.delete_chunks(tx, export_id=export_id)
            await data_exports.set_facts(tx, export_id=export_id, state="building", files_done=0)
        try:
            async with beating():
                archive = await self._build(export)
        except _Ended:
            return await self._state(export)
        return await self._finish(export, archive, order)

    async def _state(self, export: DataExport) -> ExportState:
        async with self._database.begin() as tx:
            return (await data_exports.get(tx, export_id=export.id)).state

    async def _build(self, export: DataExport) -> Archive:
        async def keep(position: int, content: bytes) -> None:
            async with self._database.begin() as tx:
                place = {"export_id": export.id, "position": position}
                if not await data_exports.append_chunk(tx, **place, content=content):
                    raise _Ended

        archive, source, done = Archive(keep, datetime.now(UTC)), self._source(export), 0
        async with source.tx as tx:
            async for file in source.files(tx, export):
                await self._progress(
                    export, step=file.title, files_done=done, files=max(source.fixed, done + 1)
                )
                await archive.add(file)
                done += 1
        await archive.close(**source.about)
        await self._progress(export, files_done=done + 1, files=done + 1)
        return archive

    async def _progress(self, export: DataExport, **facts: Any) -> None:
        async with self._database.begin() as tx:
            await data_exports.set_facts(tx, export_id=export.id, **facts)

    def _source(self, export: DataExport) -> _Source:
        """An organization is read under row-level security: nothing of another can get into its archive."""
        if export.organization_id is not None:
            about = {"organization": show("org", export.organization_id)}
            return _Source(self._database.client(export.organization_id), organization.FIXED, about)
        return _Source(self._database.begin(), person.FIXED, {"person": show("usr", _person_of(export))})

    async def _finish(self, export: DataExport, archive: Archive, order: ExportOrder) -> ExportState:
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            ready = await data_exports.set_facts(
                tx,
                export_id=export.id,
                state="ready",
                step="",
                size_bytes=archive.size_bytes,
                sha256=archive.sha256,
                finished_at=now,
                expires_at=now + timedelta(seconds=order.lasts_seconds),
            )
            state = (await data_exports.get(tx, export_id=export.id)).state
            facts = {"bytes": archive.size_bytes, "sha256": archive.sha256.hex()}
            entry = Entry("export.ready", "data_export", export.shown_id, export.organization_id, after=facts)
            await audit.append(tx, [entry] if ready else [])
            return state

    @activity.defn
    async def end_archive(self, end: ExportEnd) -> ExportState | None:
        """Afterwards the archive is over and none of its bytes is left; says how it ended.

        One that was made a moment before it was cancelled is removed, but for the last statement of a deletion.
        """
        export_id = read("prv", end.export_id)
        async with self._database.begin() as tx:
            before = await data_exports.lock(tx, export_id=export_id)
            if before.under_way:
                facts = {"state": end.state, "finished_at": datetime.now(UTC)}
                await data_exports.set_facts(tx, export_id=export_id, **facts)
            elif before.state == "ready" and end.state == "cancelled" and before.deletion_id is None:
                await data_exports.remove(tx, export_id=export_id)
            after = await data_exports.get(tx, export_id=export_id)
            if after.state != "ready":
                await data_exports.delete_chunks(tx, export_id=export_id)
            return after.state

    @activity.defn
    async def write_export_letter(self, export_id: str) -> bool:
        """Afterwards whoever asked has the letter in the outbox, once; an archive of a deletion has none."""
        async with self._database.begin() as tx:
            export = await data_exports.get(tx, export_id=read("prv", export_id))
            if export.deletion_id is not None or export.requested_by is None or export.state != "ready":
                return False
            await self._letters.queue(tx, await self._letter(tx, export), now=datetime.now(UTC))
            return True

    async def _letter(self, tx: Tx, export: DataExport) -> Addressed:
        reader = await find_person(tx, user_id=export.requested_by or _person_of(export))
        subject, path = "your account", "/account/privacy"
        if export.organization_id is not None:
            known = await organizations.get(tx, organization_id=export.organization_id)
            subject, path = known.name, await _privacy_page(tx, reader.id, known.id)
        facts = ExportReady(
            who=await self._letters.to_person(tx, reader),
            subject=subject,
            size_bytes=export.size_bytes,
            sha256=(export.sha256 or b"").hex(),
            link=self._letters.page(path),
            available_until=export.expires_at or datetime.now(UTC),
        )
        return Addressed(
            kind="export_ready",
            facts=facts,
            to=reader,
            subject_id=export.shown_id,
            organization_id=export.organization_id,
        )


async def _privacy_page(tx: Tx, reader_id: UUID, organization_id: UUID) -> str:
    """Where whoever asked finds the organization's archive: staff come to the console, its people to the portal."""
    if (await users.get(tx, user_id=reader_id)).kind == "staff":
        return f"/console/organizations/{show('org', organization_id)}/privacy"
    return "/portal/settings/privacy"


def _person_of(export: DataExport) -> UUID:
    """The person an archive is about.

    Raises:
        ValueError: it is an organization's.
    """
    if export.user_id is None:
        raise ValueError("an organization's archive has no person")
    return export.user_id
