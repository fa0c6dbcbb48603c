"""The audit log's chain: canonical JSON of each entry, hashed together with the hash before it.

An entry's hash is sha256(previous hash ‖ canonical JSON). Whoever holds a copy of one hash can tell whether
anything before it was changed, with this file and no database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from domain.errors import Invalid

GENESIS = bytes(32)
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: `kind` is staff, member, key or system; `ip` and `request_id` when a door was used."""

    kind: str
    id: UUID | str
    name: str
    ip: str = ""
    request_id: str = ""


SYSTEM = Actor(kind="system", id="backoffice", name="Backoffice")


@dataclass(frozen=True, slots=True)
class Entry:
    """One significant act, not yet chained; `before` and `after` hold small JSON facts, never secrets."""

    action: str
    target_kind: str
    target_id: UUID | str
    organization_id: UUID | None = None
    before: Facts | None = None
    after: Facts | None = None
    actor: Actor = field(default=SYSTEM)


@dataclass(frozen=True, slots=True)
class Chained:
    """An entry with its place in the chain: `number` counts from 1 without gaps, `at` is aware UTC."""

    number: int
    at: datetime
    entry: Entry
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    number: int
    reason: str


def canonical(number: int, at: datetime, entry: Entry) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8, the time in microseconds of UTC."""
    actor = entry.actor
    facts = {
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "target": [entry.target_kind, str(entry.target_id)],
        "organization": None if entry.organization_id is None else str(entry.organization_id),
        "actor": [actor.kind, str(actor.id), actor.name, actor.ip, actor.request_id],
        "before": plain(entry.before),
        "after": plain(entry.after),
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain(previous: bytes, number: int, at: datetime, entry: Entry) -> Chained:
    """The entry linked behind the one whose hash is `previous`."""
    digest = hashlib.sha256(previous + canonical(number, at, entry)).digest()
    return Chained(number, at, entry, previous, digest)


def canonical_facts(chained: Chained) -> dict[str, Any]:
    """What is hashed of an entry, beside the hash before it and its own."""
    facts: dict[str, Any] = json.loads(canonical(chained.number, chained.at, chained.entry))
    return {**facts, "previous_hash": chained.previous_hash.hex(), "hash": chained.hash.hex()}


def to_line(chained: Chained) -> str:
    """An entry as a line of the export that can be verified offline."""
    return json.dumps(canonical_facts(chained), ensure_ascii=False) + "\n"


def from_line(line: str) -> Chained:
    """The entry of a line of the export.

    Raises:
        Invalid: the line is not one of the export.
    """
    try:
        facts = json.loads(line)
        organization = facts["organization"]
        entry = Entry(
            facts["action"],
            *facts["target"],
            organization_id=None if organization is None else UUID(organization),
            before=facts["before"],
            after=facts["after"],
            actor=Actor(*facts["actor"]),
        )
        at, hashes = datetime.fromisoformat(facts["at"]), (facts["previous_hash"], facts["hash"])
        return Chained(int(facts["number"]), at, entry, *(bytes.fromhex(found) for found in hashes))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Invalid(f"this is not a line of an audit export: {error}") from error


def first_break(entries: Iterable[Chained], *, number: int = 1, previous: bytes = GENESIS) -> Break | None:
    """The first entry that is missing, changed or misplaced, or None; `number` is the first one expected."""
    for found in entries:
        reason = _fault(found, number, previous)
        if reason:
            return Break(number, reason)
        number, previous = number + 1, found.hash
    return None


def _fault(found: Chained, number: int, previous: bytes) -> str | None:
    """What is wrong with an entry at that place, or None."""
    if found.number != number:
        return f"entry {number} is missing; entry {found.number} follows instead"
    if found.previous_hash != previous:
        return f"entry {number} does not point to the entry before it"
    if chain(previous, number, found.at, found.entry).hash != found.hash:
        return f"entry {number} was changed after it was written"
    return None


def plain(value: object) -> Any:
    """The value as JSON that a database gives back unchanged: whole numbers, texts, lists, objects."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in cast("Facts", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in cast("list[object]", value)]
    return str(value).replace("\x00", "")
