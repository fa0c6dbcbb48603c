"""Posts the records of a file to the API in batches, and counts what became of them."""

import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.usage_file import Row, UsageFile

BATCH = 1_000
_ATTEMPTS = 6
_PATIENCE_SECONDS = 60.0


class Stopped(Exception):
    """The import cannot go on; what was taken in stays, and repeating the command continues."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was not taken in, and why."""

    line: int
    detail: str


@dataclass(slots=True)
class Tally:
    """What became of the lines; `accepted` counts the quarantined ones too."""

    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])

    @property
    def rejected(self) -> int:
        """Lines that were not taken in."""
        return len(self.faults)

    def count(self, answer: dict[str, Any], sent: list[Row]) -> None:
        """Adds an answer of the API about the rows that were sent."""
        self.accepted += answer["accepted"]
        self.duplicates += answer["duplicates"]
        self.quarantined += answer["quarantined"]
        self.faults += [
            Fault(sent[rejected["index"]].line, f"{rejected['code']}: {rejected['detail']}")
            for rejected in answer["rejected"]
        ]


class Importer:
    """Sends a file; safe to stop and repeat, because every row keeps its id."""

    def __init__(self, client: httpx.Client, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause

    def send(self, file: UsageFile, progress: Callable[[Tally], None]) -> Tally:
        """Everything in the file, batch by batch.

        Raises:
            Stopped: the API refuses the caller, or stays out of reach.
            Invalid: the file is no CSV from some line on.
        """
        tally = Tally()
        for batch in _batches(file.rows()):
            tally.faults += [Fault(row.line, row.fault) for row in batch if row.record is None]
            good = [row for row in batch if row.record is not None]
            if good:
                tally.count(self._post(good), good)
            progress(tally)
        tally.faults.sort(key=lambda fault: fault.line)
        return tally

    def _post(self, rows: list[Row]) -> dict[str, Any]:
        """One call, repeated while the API is out of reach."""
        body = gzip.compress(json.dumps([row.record for row in rows]).encode(), 1)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        trouble = ""
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._client.post("/v1/usage", content=body, headers=headers)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code == httpx.codes.OK:
                    found: dict[str, Any] = answer.json()
                    return found
                trouble = f"{answer.status_code}: {answer.text[:400]}"
                if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    break
            self._pause(min(0.5 * 2**attempt, _PATIENCE_SECONDS))
        raise Stopped(f"line {rows[0].line}: {trouble}")


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """A thousand rows at a time."""
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch
