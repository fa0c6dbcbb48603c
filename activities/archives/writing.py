"""Content of files in pieces: one JSON text, lines, or a table."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from activities.archives.archive import File, Pieces
from domain.portable import csv_cells, json_text


def json_file(name: str, title: str, facts: object) -> File:
    """A file of JSON."""
    return File(name, title, _once(json_text(facts).encode()))


def list_file(name: str, title: str, portions: AsyncIterator[Sequence[object]]) -> File:
    """A file of one JSON list, from portions of what is in it."""
    return File(name, title, _list(portions))


def bytes_file(name: str, title: str, content: bytes) -> File:
    """A file as it is."""
    return File(name, title, _once(content))


def csv_file(
    name: str, title: str, columns: Sequence[str], rows: AsyncIterator[Sequence[Sequence[object]]]
) -> File:
    """A table, from portions of its rows."""
    return File(name, title, _table(columns, rows))


async def _once(content: bytes) -> Pieces:
    yield content


async def _list(portions: AsyncIterator[Sequence[object]]) -> Pieces:
    before = "[\n"
    async for things in portions:
        if things:
            yield (before + ",\n".join(json_text(thing).rstrip() for thing in things)).encode()
            before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


async def _table(columns: Sequence[str], portions: AsyncIterator[Sequence[Sequence[object]]]) -> Pieces:
    yield _lines([columns])
    async for rows in portions:
        yield _lines([csv_cells(row) for row in rows])


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
