"""The offline verifier, run alone: a byte changed anywhere is found."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from cli import verify_audit
from db import audit, audit_seals
from db.engine import Database
from domain.audit import Entry, canonical_facts, to_line
from domain.ids import new_id

TODAY = datetime.now(UTC)
OURS = new_id()


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    """The one file in an isolated Python that knows nothing of the product."""
    command = [sys.executable, "-I", verify_audit.__file__, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
async def exported(database: Database, tmp_path: Path) -> Path:
    async with database.begin() as tx:
        acts = [
            Entry("test", "thing", str(n), OURS if n % 3 else None, {"n": n}, {"é": [n]}) for n in range(9)
        ]
        await audit.append(tx, acts)
        await audit_seals.seal(tx, day=TODAY.date(), now=TODAY)
    file = tmp_path / "audit.ndjson"
    async with database.begin() as tx:
        lines = [to_line(entry) async for chunk in audit.walk(tx, filters=audit.Filters()) for entry in chunk]
    file.write_text("".join(lines), encoding="utf-8")
    return file


async def proof(database: Database, number: int) -> dict[str, object]:
    async with database.begin() as tx:
        chained, place = await audit.get(tx, number=number), await audit_seals.place_of(tx, number=number)
    path = [{"side": side, "hash": other.hex()} for side, other in place.path]
    assert place.seal is not None
    seal = {"day": str(place.seal.day), "root": (place.seal.root or b"").hex()}
    return {"entry": canonical_facts(chained), "path": path, "root": place.root.hex(), "seal": seal}


def test_a_whole_export_holds_against_a_sealed_head(exported: Path) -> None:
    last = json.loads(exported.read_text().splitlines()[-1])
    answer = alone("export", str(exported), "--sealed", f"9:{last['hash']}")
    assert (answer.returncode, answer.stdout) == (0, "9 entries hold: one unbroken chain from the first\n")
    assert alone("export", str(exported), "--sealed", f"9:{'0' * 64}").returncode == 1


def test_an_organizations_export_holds_although_others_acted_between(exported: Path) -> None:
    lines = [line for line in exported.read_text().splitlines() if json.loads(line)["organization"]]
    exported.write_text("\n".join(lines))
    answer = alone("export", str(exported))
    assert (answer.returncode, "each unchanged" in answer.stdout) == (0, True)


def test_one_byte_changed_anywhere_is_found(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = exported.read_bytes()
    begin, end = whole.index(b"\n") + 1, whole.index(b"\n", whole.index(b"\n") + 1)
    for at in range(begin, end):
        digit = b"1" if whole[at : at + 1] != b"1" else b"2"
        exported.write_bytes(whole[:at] + digit + whole[at + 1 :])
        assert verify_audit.main(["export", str(exported)]) != 0, whole[at - 5 : at + 5]
    assert "changed" in capsys.readouterr().err


def test_a_lost_or_exchanged_entry_is_found(exported: Path) -> None:
    lines = exported.read_text().splitlines()
    exported.write_text("\n".join(lines[:3] + lines[4:]))
    last = json.loads(lines[3])
    assert alone("export", str(exported), "--sealed", f"4:{last['hash']}").returncode == 1
    exported.write_text("\n".join([*lines[:3], lines[4], lines[3], *lines[5:]]))
    assert alone("export", str(exported)).returncode == 1


async def test_each_entrys_place_is_proved_to_the_sealed_root(
    exported: Path, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "proof.json"
    for number in range(1, 10):
        given = await proof(database, number)
        file.write_text(json.dumps(given))
        assert verify_audit.main(["proof", str(file), "--root", str(given["root"])]) == 0
    given["entry"]["after"] = {"é": [99]}  # type: ignore[index] — a proof as JSON
    file.write_text(json.dumps(given))
    answer = alone("proof", str(file))
    assert (answer.returncode, "was changed" in answer.stderr) == (1, True)


async def test_an_entry_of_today_has_a_place_before_it_is_sealed(database: Database) -> None:
    async with database.begin() as tx:
        await audit.append(tx, [Entry("test", "thing", str(n)) for n in range(3)])
        await audit_seals.seal(tx, day=(TODAY - timedelta(days=1)).date(), now=TODAY)
        place = await audit_seals.place_of(tx, number=2)
    assert (place.first, place.last, place.seal) == (1, 3, None)


async def test_a_rewritten_root_is_found(exported: Path, database: Database, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update audit_seals set root = sha256('x')")
    async with database.begin() as tx:
        assert "sealed root" in str((await audit.verify(tx))[1])
