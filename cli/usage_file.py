"""Reads a CSV file of usage: any delimiter, any line ends, with or without a byte-order mark, also gzipped."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from domain.errors import Invalid
from domain.usage_import import Identities, Layout, placed, record_of

_SAMPLE_BYTES = 64 * 1024
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file and its record, or the fault that keeps it from being one."""

    line: int
    record: dict[str, Any] | None
    fault: str = ""


class UsageFile:
    """An open file; `position` tells how many of its `size` bytes were read."""

    def __init__(self, path: Path, columns: Mapping[str, str], common: Mapping[str, str]) -> None:
        self.size = path.stat().st_size
        self._identities = Identities()
        with ExitStack() as stack, _whole(f"{path}"):
            self._raw = stack.enter_context(path.open("rb"))
            unpacked = gzip.GzipFile(fileobj=self._raw) if path.suffix == ".gz" else self._raw
            text = io.TextIOWrapper(
                cast("BinaryIO", unpacked), encoding="utf-8-sig", errors="replace", newline=""
            )
            stack.enter_context(text)
            sample = text.read(_SAMPLE_BYTES)
            text.seek(0)
            self._reader = csv.reader(text, delimiter=_delimiter(sample))
            header = next(self._reader, None)
            if header is None:
                raise Invalid(f"{path}: the file is empty; it needs a first line that names the columns")
            self._layout: Layout = placed(columns, header, common)
            self._open = stack.pop_all()

    def __enter__(self) -> "UsageFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._raw.tell()

    def rows(self) -> Iterator[Row]:
        """Every line but empty ones, in order.

        Raises:
            Invalid: the file is no CSV, or no gzip, from some line on.
        """
        while True:
            with _whole(f"line {self._reader.line_num + 1}"):
                cells = next(self._reader, None)
            if cells is None:
                return
            if any(cells):
                yield self._row(cells)

    def _row(self, cells: list[str]) -> Row:
        """The record of a line."""
        line = self._reader.line_num
        try:
            return Row(line, record_of(cells, self._layout, self._identities.identity(cells)))
        except Invalid as fault:
            return Row(line, None, fault.detail)


@contextmanager
def _whole(where: str) -> Iterator[None]:
    """A file that is damaged or cut short is a fault of what was given."""
    try:
        yield
    except csv.Error as error:
        raise Invalid(f"{where}: {error}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Invalid(f"{where}: the packed file is damaged or cut short ({error}); pack it anew") from None


def _delimiter(sample: str) -> str:
    """The character that occurs most often in the first line."""
    first = sample.split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)
