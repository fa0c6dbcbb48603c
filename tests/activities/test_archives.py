"""Archives: whole, of one organization only, begun anew when interrupted, removed when their time is over."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities import data_exports as asking
from activities.archives import person
from activities.archives.archive import Archive, File
from activities.archives.writing import bytes_file
from activities.export_steps import ExportEnd, ExportOrder, ExportSteps
from activities.housekeeping import Day, HousekeepingSteps
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from db import data_exports
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import Conflict
from domain.ids import show
from tests.monthend import one, report, rows
from tests.privacy import SENDER, TERMS, House, a_house, asked, run
from tests.world import Line

NOW = datetime.now(UTC)


@pytest.fixture
async def house(database: Database) -> House:
    return await a_house(database)


async def ask(database: Database, house: House, **of: UUID) -> str:
    async with database.begin() as tx:
        made = await asking.request(tx, **of, terms=TERMS, by=house.id_of("alice"), actor=SYSTEM, now=NOW)
    return made.shown_id


async def build(database: Database, export_id: str) -> str:
    steps = ExportSteps(database, PrivacyLetters(SENDER, MailSecrets("secret")))
    order = ExportOrder(export_id=export_id, lasts_seconds=3600)
    return await ActivityEnvironment().run(steps.build_archive, order)


async def archive(database: Database) -> zipfile.ZipFile:
    export_id = await one(database, "select id from data_exports")
    raw = b"".join([chunk async for chunk in data_exports.stream(database, export_id=export_id)])
    assert hashlib.sha256(raw).digest() == await one(database, "select sha256 from data_exports")
    return zipfile.ZipFile(io.BytesIO(raw))


async def test_the_manifest_names_every_file_with_its_hash(database: Database, house: House) -> None:
    await build(database, await ask(database, house, organization_id=house.acme))
    found = await archive(database)
    listed = json.loads(found.read("manifest.json"))["files"]
    assert {file["name"] for file in listed} == set(found.namelist()) - {"manifest.json"}
    for file in listed:
        assert hashlib.sha256(found.read(file["name"])).hexdigest() == file["sha256"]


async def test_built_twice_it_is_one_archive(database: Database, house: House) -> None:
    export_id = await ask(database, house, organization_id=house.acme)
    await run(database, "insert into data_export_chunks select id, 0, 'half of one' from data_exports")
    for _ in range(2):
        assert await build(database, export_id) == "ready"
    assert (await archive(database)).testzip() is None


async def test_nothing_of_another_organization_gets_into_it(database: Database, house: House) -> None:
    await report(database, Line(house.other, id="secret-of-other"))
    await build(database, await ask(database, house, organization_id=house.acme))
    found = await archive(database)
    whole = b"".join(found.read(name) for name in found.namelist())
    assert b"secret-of-other" not in whole
    assert house.other.hex.encode() not in whole


async def test_no_secret_of_a_key_gets_into_it(database: Database, house: House) -> None:
    await run(
        database,
        """insert into api_keys (id, organization_id, name, environment, prefix, key_hash, scopes, created_by, created_at)
           values (uuidv7(), :org, '=cmd()', 'live', 'bo_live_abc', '\\x0102', '{usage:write}', 'alice@example.com', now())""",
        org=house.acme,
    )
    await build(database, await ask(database, house, organization_id=house.acme))
    (key,) = json.loads((await archive(database)).read("api-keys.json"))
    assert (key["prefix"], "key_hash" in key) == ("bo_live_abc", False)


async def test_a_cell_of_a_table_never_begins_a_formula(database: Database, house: House) -> None:
    await report(database, Line(house.acme, id="r2", user="=HYPERLINK(1)"))
    await build(database, await ask(database, house, organization_id=house.acme))
    lines = csv.DictReader(io.StringIO((await archive(database)).read("usage.csv").decode()))
    assert {line["end_user"] for line in lines} == {"user-1", "'=HYPERLINK(1)"}


async def test_one_archive_is_made_at_a_time_for_each_subject(database: Database, house: House) -> None:
    await ask(database, house, organization_id=house.acme)
    await ask(database, house, user_id=house.id_of("alice"))
    with pytest.raises(Conflict, match="being made already"):
        await ask(database, house, organization_id=house.acme)


async def test_an_archive_is_removed_when_its_time_is_over(database: Database, house: House) -> None:
    await build(database, await ask(database, house, user_id=house.id_of("alice")))
    housekeeping = HousekeepingSteps(database)
    assert await housekeeping.remove_expired_archives(Day(at=NOW)) == 0
    assert await housekeeping.remove_expired_archives(Day(at=NOW + timedelta(hours=2))) == 1
    assert await rows(database, "select state from data_exports") == [{"state": "removed"}]
    assert await one(database, "select count(*) from data_export_chunks") == 0


async def test_an_archive_that_is_ended_while_it_is_made_leaves_no_byte(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def files(_tx: object, _user_id: UUID) -> AsyncIterator[File]:
        yield bytes_file("first.bin", "First", hashlib.shake_256(b"1").digest(2_500_000))
        await run(database, "update data_exports set state = 'cancelled'")
        await run(database, "delete from data_export_chunks")
        yield bytes_file("second.bin", "Second", hashlib.shake_256(b"2").digest(2_500_000))

    monkeypatch.setattr(person, "files", files)
    export_id = await ask(database, house, user_id=house.id_of("alice"))
    assert await build(database, export_id) == "cancelled"
    assert await one(database, "select count(*) from data_export_chunks") == 0
    assert await one(database, "select count(*) from audit where action = 'export.ready'") == 0


@pytest.mark.parametrize("name", ["alice", "stella"])
async def test_its_letter_leads_whoever_asked_to_where_they_may_go(
    database: Database, house: House, name: str
) -> None:
    async with database.begin() as tx:
        by = house.id_of(name)
        made = await asking.request(
            tx, organization_id=house.acme, user_id=None, terms=TERMS, by=by, actor=SYSTEM, now=NOW
        )
    await build(database, made.shown_id)
    await ExportSteps(database, PrivacyLetters(SENDER, MailSecrets("secret"))).write_export_letter(
        made.shown_id
    )
    theirs = {"alice": "/portal/settings", "stella": f"/console/organizations/{show('org', house.acme)}"}[
        name
    ]
    (letter,) = await rows(database, "select recipient, text from mails where kind = 'export_ready'")
    assert letter["recipient"] == f"{name}@example.com"
    assert f"{SENDER.public_url}{theirs}/privacy" in letter["text"]


async def test_one_that_is_ready_when_it_is_cancelled_is_removed_but_for_the_last_of_a_deletion(
    database: Database, house: House
) -> None:
    steps = ExportSteps(database, PrivacyLetters(SENDER, MailSecrets("secret")))
    export_id = await ask(database, house, user_id=house.id_of("alice"))
    end = ExportEnd(export_id=export_id, state="cancelled")
    await build(database, export_id)
    assert await steps.end_archive(end) == "removed"
    assert await steps.end_archive(end) == "removed"
    assert await one(database, "select count(*) from data_export_chunks") == 0
    await asked(database, house)
    await run(
        database,
        "update data_exports set state = 'ready', user_id = null, organization_id = :acme, "
        "deletion_id = (select id from deletions)",
        acme=house.acme,
    )
    assert await steps.end_archive(end) == "ready"


async def test_a_large_file_is_handed_on_while_it_grows() -> None:
    kept: list[int] = []
    waiting: list[int] = []

    async def keep(position: int, content: bytes) -> None:
        kept.append(len(content))

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(40):
            waiting.append(len(made._pipe.waiting))
            yield hashlib.shake_256(bytes([number])).digest(200_000)

    made = Archive(keep, NOW)
    await made.add(File("large.bin", "large", pieces()))
    await made.close()
    assert len(kept) == 9
    assert max(waiting) < 1_500_000
    assert made.size_bytes == sum(kept)
