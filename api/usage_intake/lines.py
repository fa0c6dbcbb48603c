"""From decoded records to the staging lines of COPY (text format, the empty string is null)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from activities.intake import Checked
from api.usage_intake.record import Record
from domain import ids
from domain.errors import BadIdentifier
from domain.principal import Principal
from domain.usage_record import LARGEST_QUANTITY, MICROS, REMEDIES, Rejection, status_name, time_fault

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TABS = 18


@dataclass(slots=True)
class Door:
    """Checks the records of one call for one principal; collects lines and rejections."""

    principal: Principal
    now: datetime
    rejected: list[Rejection] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    _organizations: dict[str, str | None] = field(default_factory=dict)
    _projects: dict[str, str | None] = field(default_factory=dict)

    def check(self, records: Iterable[tuple[int, Record]]) -> Checked:
        """Lines of every record that passes; the others are in `rejected`, places of the lines in `indexes`."""
        keys: list[tuple[str, str]] = []
        lines: list[str] = []
        payloads: list[str] = []
        months: set[tuple[int, int]] = set()
        for index, record in records:
            fault = self._fault(record) or _payload_fault(record)
            if fault is not None:
                self.rejected.append(Rejection(index, record.id, *fault))
                continue
            organization = self._organizations[record.organization_id] or ""
            digest, payload = _payload(organization, record)
            line = self._line(record, organization, digest)
            if not line.isascii() or "\x00" in line:
                fault = _text_fault(record)
            if fault is not None:
                self.rejected.append(Rejection(index, record.id, *fault))
                continue
            occurred_at = record.occurred_at
            months.add((occurred_at.year, occurred_at.month))
            keys.append((organization, record.id))
            lines.append(line)
            self.indexes.append(index)
            if payload:
                payloads.append(payload)
        return Checked(keys, lines, payloads, frozenset(months))

    def _fault(self, record: Record) -> tuple[str, str] | None:
        """Why a decoded record cannot be taken, or None; also looks its organization and project up."""
        organization_id = record.organization_id
        if organization_id not in self._organizations:
            self._organizations[organization_id] = self._organization(organization_id)
        if self._organizations[organization_id] is None:
            return "unknown_organization", f"organization_id: {REMEDIES['unknown_organization']}"
        if record.project_id and record.project_id not in self._projects:
            self._projects[record.project_id] = self._project(record.project_id)
        if record.project_id and self._projects[record.project_id] is None:
            return "unknown_project", f"project_id: {REMEDIES['unknown_project']}"
        if record.cached_input_tokens > record.input_tokens:
            return "invalid", "cached_input_tokens: larger than input_tokens, which include them"
        return time_fault(record.occurred_at, self.now) or _measure_fault(record)

    def _organization(self, shown: str) -> str | None:
        try:
            found = ids.read("org", shown)
        except BadIdentifier:
            return None
        return found.hex if self.principal.may_see(found) else None

    def _project(self, shown: str) -> str | None:
        try:
            found = ids.read("prj", shown)
        except BadIdentifier:
            return None
        bound = self.principal.project_id
        return found.hex if bound is None or bound == found else None

    def _line(self, r: Record, organization: str, digest: str) -> str:
        project = self._projects[r.project_id] if r.project_id else ""
        if not project and self.principal.project_id is not None:
            project = self.principal.project_id.hex
        environment = "test" if self.principal.environment == "test" else r.environment
        status = "ok" if r.status is None else status_name(str(r.status))
        micros = _micros(r.quantity) if r.quantity is not None else 0
        duration = "" if r.duration_ms is None else r.duration_ms
        line = (
            f"{organization}\t{r.id}\t{r.occurred_at}\t{project}\t{r.api_key_id or ''}\t{r.bot_id or ''}\t{r.user or ''}"
            f"\t{r.provider}\t{r.model}\t{environment}\t{status}\t{r.error or ''}\t{r.input_tokens}\t{r.output_tokens}"
            f"\t{r.cached_input_tokens}\t{duration}\t{r.meter or ''}\t{micros}\t{digest}"
        )
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != _TABS:
            return _escaped(r, organization, project or "", environment, status, micros, digest)
        return line


def _escaped(
    r: Record, organization: str, project: str, environment: str, status: str, micros: int, digest: str
) -> str:
    """The line of a record whose texts hold tabs, line ends or backslashes."""
    fields = (
        organization, r.id, str(r.occurred_at), project, r.api_key_id or "", r.bot_id or "", r.user or "", r.provider, r.model,
        environment, status, r.error or "", str(r.input_tokens), str(r.output_tokens), str(r.cached_input_tokens),
        "" if r.duration_ms is None else str(r.duration_ms), r.meter or "", str(micros), digest,
    )  # fmt: skip
    return "\t".join([value.translate(_ESCAPES) for value in fields])


def _micros(quantity: Decimal) -> int:
    return int(quantity * MICROS)


def _measure_fault(record: Record) -> tuple[str, str] | None:
    if not record.meter:
        if record.quantity is not None:
            return "invalid", "meter: name what the quantity counts"
        return None if record.model else ("invalid", "model: name it, or send meter and quantity")
    if record.quantity is None:
        return "invalid", "quantity: a meter needs one"
    if record.input_tokens or record.output_tokens:
        return "invalid", "input_tokens: a meter's record carries no tokens; send two records"
    if not record.quantity.is_finite() or not 0 <= record.quantity <= LARGEST_QUANTITY:
        return "invalid", f"quantity: between 0 and {LARGEST_QUANTITY}"
    if record.quantity * MICROS % 1:
        return "invalid", "quantity: at most six decimals"
    return None


def _text_fault(record: Record) -> tuple[str, str] | None:
    for name in ("id", "provider", "model", "bot_id", "user", "api_key_id", "meter", "error", "status"):
        value = getattr(record, name)
        if isinstance(value, str) and not value.isascii() and not _storable(value):
            return "invalid", f"{name}: holds half of a surrogate pair"
        if isinstance(value, str) and "\x00" in value:
            return "invalid", f"{name}: holds a NUL character"
    return None


def _payload_fault(record: Record) -> tuple[str, str] | None:
    for name, raw in (("request", record.request), ("response", record.response)):
        if raw and not _readable(bytes(raw)):
            return "invalid", f"{name}: is not UTF-8"
    return None


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _payload(organization: str, record: Record) -> tuple[str, str]:
    """Digest and staging line of request and response; empty when the record carries none."""
    if not record.request and not record.response:
        return "", ""
    request, response = bytes(record.request), bytes(record.response)
    digest = hashlib.blake2b(request + b"\x00" + response, digest_size=12).hexdigest()
    fields = (organization, record.id, request.decode(), response.decode())
    return digest, "\t".join([value.translate(_ESCAPES) for value in fields]) + "\n"
