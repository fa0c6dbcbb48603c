"""An archive made by its process: built, told, and given up in order."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from temporalio.client import WorkflowHandle

from activities import data_exports as asking
from activities.archives import person
from activities.archives.archive import File
from activities.archives.writing import bytes_file
from db import data_exports
from db.engine import Database
from domain.audit import SYSTEM
from domain.data_export import DataExport as Export
from tests.monthend import one
from tests.privacy import TERMS, House, a_house, all_steps, letters
from tests.temporal import Temporal, reached, running
from workflows.data_export import DataExport, DataExportInput, DataExportResult
from workflows.process import Act, Status

Handle = WorkflowHandle[DataExport, DataExportResult]


@pytest.fixture
async def house(database: Database) -> House:
    return await a_house(database)


@pytest.fixture
async def workers(database: Database, temporal: Temporal) -> AsyncIterator[None]:
    async with running(temporal, [DataExport], all_steps(database)):
        yield


async def wanted(database: Database, house: House, *, organization_id: UUID | None = None) -> Export:
    person = None if organization_id else house.id_of("alice")
    async with database.begin() as tx:
        by = house.id_of("alice")
        of = {"organization_id": organization_id, "user_id": person}
        return await asking.request(tx, **of, terms=TERMS, by=by, actor=SYSTEM, now=datetime.now(UTC))


async def begin(temporal: Temporal, export: Export) -> Handle:
    return await temporal.client.start_workflow(
        DataExport.run,
        DataExportInput(export_id=export.shown_id, lasts_seconds=86_400 * 30),
        id=export.workflow_id,
        task_queue=temporal.task_queue,
    )


async def content(database: Database, export: Export) -> zipfile.ZipFile:
    raw = b"".join([chunk async for chunk in data_exports.stream(database, export_id=export.id)])
    return zipfile.ZipFile(io.BytesIO(raw))


async def test_an_organizations_archive_is_built_and_whoever_asked_is_told(
    database: Database, temporal: Temporal, house: House, workers: None
) -> None:
    export = await wanted(database, house, organization_id=house.acme)
    assert (await (await begin(temporal, export)).result()).state == "ready"
    assert await letters(database) == ["export_ready to alice"]
    archive = await content(database, export)
    assert archive.testzip() is None
    names = {file["name"] for file in json.loads(archive.read("manifest.json"))["files"]}
    assert {
        "organization.json",
        "usage.csv",
        "wallet-statement.csv",
        "audit.ndjson",
        "invoices/index.json",
    } <= names
    assert "r1," in archive.read("usage.csv").decode()


async def test_a_persons_archive_holds_their_account(
    database: Database, temporal: Temporal, house: House, workers: None
) -> None:
    export = await wanted(database, house)
    assert (await (await begin(temporal, export)).result()).state == "ready"
    archive = await content(database, export)
    assert json.loads(archive.read("profile.json"))["email"] == "alice@example.com"
    assert len(json.loads(archive.read("memberships.json"))) == 1


async def test_an_archive_cancelled_while_it_is_built_leaves_nothing(
    database: Database, temporal: Temporal, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, forever = asyncio.Event(), asyncio.Event()

    async def files(_tx: object, _user_id: UUID) -> AsyncIterator[File]:
        yield bytes_file("first.bin", "First", hashlib.shake_256(b"1").digest(2_500_000))
        begun.set()
        await forever.wait()

    monkeypatch.setattr(person, "files", files)
    export = await wanted(database, house)
    async with running(temporal, [DataExport], all_steps(database)):
        handle = await begin(temporal, export)
        await begun.wait()
        await handle.execute_update("cancel", Act(reason="asked by mistake"), result_type=Status)
        assert (await handle.result()).state == "cancelled"
    assert await one(database, "select state from data_exports") == "cancelled"
    assert await one(database, "select count(*) from data_export_chunks") == 0
    assert await one(database, "select count(*) from audit where action = 'export.ready'") == 0
    assert await letters(database) == []


async def test_an_archive_paused_while_it_is_built_is_told_of_when_it_goes_on(
    database: Database, temporal: Temporal, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, paused = asyncio.Event(), asyncio.Event()

    async def files(_tx: object, _user_id: UUID) -> AsyncIterator[File]:
        begun.set()
        await paused.wait()
        yield bytes_file("first.bin", "First", b"1")

    monkeypatch.setattr(person, "files", files)
    export = await wanted(database, house)
    async with running(temporal, [DataExport], all_steps(database)):
        handle = await begin(temporal, export)
        await begun.wait()
        await handle.execute_update("pause", Act(reason="asking back"), result_type=Status)
        paused.set()
        await reached(handle, lambda status: "cancel" not in status.may)
        assert await letters(database) == []
        await handle.execute_update("resume", Act(), result_type=Status)
        assert (await handle.result()).state == "ready"
    assert await letters(database) == ["export_ready to alice"]


async def test_an_archive_cancelled_before_it_begins_is_never_begun(
    database: Database, temporal: Temporal, house: House
) -> None:
    export = await wanted(database, house)
    handle = await begin(temporal, export)
    cancelling = asyncio.ensure_future(handle.execute_update("cancel", Act(reason="x"), result_type=Status))
    async with running(temporal, [DataExport], all_steps(database)):
        await cancelling
        assert (await handle.result()).state == "cancelled"
    assert await one(database, "select state from data_exports") == "cancelled"
