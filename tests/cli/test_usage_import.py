"""`backoffice usage import`: a real trace goes in completely, twice without doubling, to the last token."""

import asyncio
import csv
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli.main import app as command
from db.engine import Database
from domain.ids import show
from tests.cli.served import served, settings_of, staff_key
from tests.usage import an_organization

SAMPLE = Path(__file__).parents[1] / "data" / "azure_llm_2023_code_300.csv"
WHOLE = SAMPLE.with_name("azure_llm_2023_code.csv")
COLUMNS = "occurred_at=TIMESTAMP,input_tokens=ContextTokens,output_tokens=GeneratedTokens"


@dataclass(frozen=True)
class Stack:
    """A served API and the organization that the usage is for."""

    url: str
    key: str
    organization: UUID

    def run(self, file: Path, columns: str = COLUMNS) -> tuple[int, str]:
        arguments = ["usage", "import", str(file), "--organization", show("org", self.organization)]
        arguments += ["--provider", "azure", "--model", "code", "--columns", columns]
        result = CliRunner().invoke(command, [*arguments, "--api-url", self.url, "--api-key", self.key])
        return result.exit_code, result.output


@pytest.fixture
async def stack(database: Database, database_url: str) -> AsyncIterator[Stack]:
    settings = settings_of(database_url)
    organization = await an_organization(database)
    secret = await staff_key(database, settings)
    with served(settings) as url:
        yield Stack(url, secret, organization)


async def stored(database: Database) -> tuple[int, int, int, str]:
    query = """select count(*), coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint,
      min(occurred_at)::text from usage"""
    async with database.begin() as tx:
        records, input_tokens, output_tokens, first = (await tx.execute(text(query))).one()
    return records, input_tokens, output_tokens, first


def counted(file: Path) -> tuple[int, int, int]:
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return (
        len(rows),
        sum(int(row["ContextTokens"]) for row in rows),
        sum(int(row["GeneratedTokens"]) for row in rows),
    )


@pytest.mark.parametrize("file", [SAMPLE, WHOLE], ids=lambda file: file.stem)
async def test_a_real_trace_goes_in_completely_and_only_once(
    stack: Stack, database: Database, file: Path
) -> None:
    expected = counted(file)
    code, shown = await asyncio.to_thread(stack.run, file)
    assert (code, f"accepted {expected[0]:,}  duplicates 0" in shown) == (0, True), shown
    code, shown = await asyncio.to_thread(stack.run, file)
    assert (code, f"accepted 0  duplicates {expected[0]:,}" in shown) == (0, True), shown
    assert await stored(database) == (*expected, "2023-11-16 18:17:03.97996+00")


async def test_a_renamed_or_packed_copy_doubles_nothing(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    packed = tmp_path / "other name.csv.gz"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    for file in (SAMPLE, packed):
        await asyncio.to_thread(stack.run, file)
    assert (await stored(database))[0] == 300


async def test_marks_semicolons_and_quotes_are_understood(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "german.csv"
    file.write_bytes('\ufeff"Zeit";"Ein";"Aus"\r\n"2026-10-01 08:00:00";"7";"3"\r\n\r\n'.encode())
    code, shown = await asyncio.to_thread(
        stack.run, file, "occurred_at=Zeit,input_tokens=Ein,output_tokens=Aus"
    )
    assert (code, await stored(database)) == (0, (1, 7, 3, "2026-10-01 08:00:00+00")), shown


async def test_good_lines_are_kept_and_bad_ones_named_by_line(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-10-01,1,1\nnoon,1,1\n2026-10-01,-5,1\n2026-10-01,2,2"
    )
    code, shown = await asyncio.to_thread(stack.run, file)
    assert (code, (await stored(database))[0]) == (1, 2)
    assert "line 3: occurred_at" in shown
    assert "line 4: invalid" in shown
    assert "rejected 2" in shown


async def test_a_key_that_is_refused_stops_the_import(stack: Stack) -> None:
    wrong = Stack(stack.url, "bo_live_wrong", stack.organization)
    code, shown = await asyncio.to_thread(wrong.run, SAMPLE)
    assert (code, "401" in shown) == (1, True)


async def test_a_mapping_without_a_time_is_explained(stack: Stack) -> None:
    code, shown = await asyncio.to_thread(stack.run, SAMPLE, "input_tokens=ContextTokens")
    assert (code, "occurred_at" in shown) == (2, True)


@pytest.mark.parametrize(
    "content", [b"", b"TIMESTAMP", gzip.compress(b"x" * 9, mtime=0)[:15], b"\x1f\x8b\x08"]
)
async def test_a_file_that_is_none_is_explained(stack: Stack, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ("packed.csv.gz" if content.startswith(b"\x1f") else "plain.csv")
    file.write_bytes(content)
    code, shown = await asyncio.to_thread(stack.run, file)
    assert (code, len(shown.strip().splitlines())) == (2, 1), shown


async def test_a_packed_file_that_was_cut_short_says_from_where(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "cut.csv.gz"
    file.write_bytes(gzip.compress(WHOLE.read_bytes())[:-2000])
    code, shown = await asyncio.to_thread(stack.run, file)
    assert (code, "cut short" in shown, "Traceback" in shown) == (2, True, False), shown
