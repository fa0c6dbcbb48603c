"""From decoded records to the staging lines of COPY (text format, the empty string is null).

Here goes most of the API's time, so a call's records are treated together where that is possible: msgspec writes all
their instants at once, and what COPY would misread is searched for in all their lines at once.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import msgspec

from activities.intake_batch import Checked
from api.usage_intake.faults import Fault, measure_fault, payload_fault, storable, text_fault
from api.usage_intake.record import Record
from domain import ids
from domain.errors import BadIdentifier
from domain.principal import Principal
from domain.usage_record import (
    LARGEST_FUTURE,
    MICROS,
    OLDEST_YEAR,
    REMEDIES,
    Rejection,
    status_name,
    time_fault,
)

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TEXTS = ("id", "provider", "model", "bot_id", "user", "api_key_id", "meter", "error")
_TABS = 18
_UNKNOWN: Fault = ("unknown_organization", f"organization_id: {REMEDIES['unknown_organization']}")
_NO_PROJECT: Fault = ("unknown_project", f"project_id: {REMEDIES['unknown_project']}")
_MORE_CACHED: Fault = ("invalid", "cached_input_tokens: larger than input_tokens, which include them")

Numbered = Sequence[tuple[int, Record]]
_status = lru_cache(maxsize=1000)(status_name)
_read = lru_cache(maxsize=10_000)(ids.read)


@dataclass(slots=True)
class Door:
    """Checks the records of one call for one principal; collects lines and rejections."""

    principal: Principal
    now: datetime
    rejected: list[Rejection] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    _organizations: dict[str, str | None] = field(default_factory=dict)
    _projects: dict[str, str | None] = field(default_factory=dict)
    _latest: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Computes once what every record is compared with."""
        self._latest = self.now + LARGEST_FUTURE

    def check(self, records: Numbered) -> Checked:
        """Lines of every record that passes; the others are in `rejected`, places of the lines in `indexes`."""
        passed = self._without_faulty(records, self._fault)
        times = _instants(passed)
        lines = self._lines(passed, times)
        if not _is_plain(lines):
            passed = self._without_faulty(passed, text_fault)
            times = _instants(passed)
            lines = self._lines([(index, _escaped(record)) for index, record in passed], times)
        self.indexes = [index for index, _ in passed]
        known = self._organizations
        keys = [(known[record.organization_id] or "", record.id) for _, record in passed]
        payloads = {
            position: _payload(keys[position][0], record)
            for position, (_, record) in enumerate(passed)
            if record.request or record.response
        }
        months = {at[:7] for at in times}
        return Checked(keys, lines, payloads, frozenset((int(at[:4]), int(at[5:])) for at in months))

    def _without_faulty(self, records: Numbered, fault_of: Callable[[Record], Fault | None]) -> Numbered:
        passed: list[tuple[int, Record]] = []
        for numbered in records:
            fault = fault_of(numbered[1])
            if fault is None:
                passed.append(numbered)
            else:
                self.rejected.append(Rejection(numbered[0], numbered[1].id, *fault))
        return passed

    def _fault(self, record: Record) -> Fault | None:
        """Why a decoded record cannot be taken, or None; also looks its organization and project up."""
        organization_id = record.organization_id
        if organization_id not in self._organizations:
            self._organizations[organization_id] = self._organization(organization_id)
        if self._organizations[organization_id] is None:
            return _UNKNOWN
        if record.project_id and record.project_id not in self._projects:
            self._projects[record.project_id] = self._project(record.project_id)
        if record.project_id and self._projects[record.project_id] is None:
            return _NO_PROJECT
        if record.cached_input_tokens > record.input_tokens:
            return _MORE_CACHED
        occurred_at = record.occurred_at
        if occurred_at > self._latest or occurred_at.year < OLDEST_YEAR:
            return time_fault(occurred_at, self.now)
        fault = measure_fault(record)
        return fault or (payload_fault(record) if record.request or record.response else None)

    def _organization(self, shown: str) -> str | None:
        try:
            found = _read("org", shown)
        except BadIdentifier:
            return None
        return found.hex if self.principal.may_see(found) else None

    def _project(self, shown: str) -> str | None:
        try:
            found = _read("prj", shown)
        except BadIdentifier:
            return None
        bound = self.principal.project_id
        return found.hex if bound is None or bound == found else None

    def _lines(self, passed: Numbered, times: Sequence[str]) -> list[str]:
        bound = "" if self.principal.project_id is None else self.principal.project_id.hex
        environment = "test" if self.principal.environment == "test" else None
        organizations, projects = self._organizations, self._projects
        return [
            f"{organizations[r.organization_id]}\t{r.id}\t{at}\t{projects[r.project_id] if r.project_id else bound}"
            f"\t{r.api_key_id or ''}\t{r.bot_id or ''}\t{r.user or ''}\t{r.provider}\t{r.model}"
            f"\t{environment or r.environment}\t{'ok' if r.status is None else _status(str(r.status))}\t{r.error or ''}"
            f"\t{r.input_tokens}\t{r.output_tokens}\t{r.cached_input_tokens}"
            f"\t{'' if r.duration_ms is None else r.duration_ms}\t{r.meter or ''}"
            f"\t{0 if r.quantity is None else int(r.quantity * MICROS)}\t{_digest(r) if r.request or r.response else ''}"
            for (_, r), at in zip(passed, times, strict=True)
        ]


def _instants(passed: Numbered) -> list[str]:
    """When each record occurred, as RFC 3339."""
    written = msgspec.json.encode([record.occurred_at for _, record in passed]).decode()
    return written[2:-2].split('","') if passed else []


def _is_plain(lines: Sequence[str]) -> bool:
    """Whether COPY reads the lines as they are: no text in them holds a tab, line end, backslash or half a character."""
    text = "\n".join(lines)
    if "\\" in text or "\r" in text or "\x00" in text:
        return False
    if text.count("\n") != len(lines) - 1 or text.count("\t") != _TABS * len(lines):
        return False
    return text.isascii() or storable(text)


def _escaped(record: Record) -> Record:
    """The record with its texts as COPY wants them."""
    texts = {name: value.translate(_ESCAPES) for name in _TEXTS if (value := getattr(record, name))}
    if isinstance(record.status, str):
        texts["status"] = _status(record.status).translate(_ESCAPES)
    return msgspec.structs.replace(record, **texts)


def _digest(record: Record) -> str:
    """What a repeat's request and response are compared by."""
    return hashlib.blake2b(
        bytes(record.request) + b"\x00" + bytes(record.response), digest_size=12
    ).hexdigest()


def _payload(organization: str, record: Record) -> str:
    """The staging line of request and response."""
    fields = (organization, record.id, bytes(record.request).decode(), bytes(record.response).decode())
    return "\t".join([value.translate(_ESCAPES) for value in fields]) + "\n"
