"""What entries of the audit log look like at the doors: as JSON, and as lines of CSV."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from db.audit_seals import Place, Seal
from domain.audit import Chained, canonical_facts
from domain.ids import show
from domain.portable import csv_cells


class ShownActor(BaseModel):
    """Who acted."""

    kind: str
    id: str
    name: str
    ip: str
    request_id: str


class ShownEntry(BaseModel):
    """One act; `hash` covers it and everything before it."""

    number: int
    at: datetime
    action: str
    target: str
    target_kind: str
    organization_id: str | None
    actor: ShownActor
    before: Any
    after: Any
    previous_hash: str
    hash: str


class ShownSeal(BaseModel):
    """A day's end (UTC) of the log, kept so that nothing before it can be changed unseen."""

    day: date
    number: int = Field(description="The day's last entry")
    hash: str = Field(description="Of that entry; it covers everything before")
    first_number: int | None = Field(description="The first entry under the root")
    root: str | None = Field(description="Root of the hash tree over the entries since the seal before")
    sealed_at: datetime

    @classmethod
    def of(cls, seal: Seal) -> Self:
        """The seal as the door shows it."""
        return cls(
            day=seal.day,
            number=seal.sequence,
            hash=seal.hash.hex(),
            first_number=seal.first_sequence,
            root=None if seal.root is None else seal.root.hex(),
            sealed_at=seal.sealed_at,
        )


class Step(BaseModel):
    """One hash to join on the way to the root."""

    side: Literal["left", "right"]
    hash: str


class Proof(BaseModel):
    """An entry as it is exported, and its path to the root over the entries of its seal."""

    entry: dict[str, Any]
    first_number: int
    last_number: int
    path: list[Step]
    root: str
    seal: ShownSeal | None = Field(description="null until the entry's day has ended and is sealed")

    @classmethod
    def of(cls, chained: Chained, place: Place) -> Self:
        """The proof as the door shows it."""
        steps = [{"side": side, "hash": other.hex()} for side, other in place.path]
        return cls(
            entry=canonical_facts(chained),
            first_number=place.first,
            last_number=place.last,
            path=[Step.model_validate(step) for step in steps],
            root=place.root.hex(),
            seal=None if place.seal is None else ShownSeal.of(place.seal),
        )


def shown(chained: Chained) -> ShownEntry:
    """An entry as the door shows it."""
    entry, actor = chained.entry, chained.entry.actor
    return ShownEntry(
        number=chained.number,
        at=chained.at,
        action=entry.action,
        target=str(entry.target_id),
        target_kind=entry.target_kind,
        organization_id=show("org", entry.organization_id) if entry.organization_id else None,
        actor=ShownActor(
            kind=actor.kind, id=str(actor.id), name=actor.name, ip=actor.ip, request_id=actor.request_id
        ),
        before=entry.before,
        after=entry.after,
        previous_hash=chained.previous_hash.hex(),
        hash=chained.hash.hex(),
    )


COLUMNS = (
    "number",
    "at",
    "action",
    "target_kind",
    "target",
    "organization_id",
    "actor_kind",
    "actor",
    "actor_id",
    "ip",
    "request_id",
    "before",
    "after",
    "hash",
)


def csv_line(chained: Chained) -> str:
    """An entry as a line of CSV."""
    entry = shown(chained)
    facts = entry.model_dump() | {
        "actor_kind": entry.actor.kind,
        "actor": entry.actor.name,
        "actor_id": entry.actor.id,
        "ip": entry.actor.ip,
        "request_id": entry.actor.request_id,
    }
    facts |= {
        "before": json.dumps(entry.before),
        "after": json.dumps(entry.after),
        "at": entry.at.isoformat(),
    }
    return csv_text(csv_cells([facts[name] for name in COLUMNS]))


def csv_text(values: Sequence[object]) -> str:
    """The values as a line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
