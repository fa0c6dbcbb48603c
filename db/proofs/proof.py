"""A proof: a name, a sentence, and a query for what contradicts it."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from db.engine import Tx
from domain.proof import Finding, Kind, Scope, Window, made_at

MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`says` is what holds; `sql` answers (subject_id, organization_id, detail) for what contradicts it.

    The query may name `:since`, `:until` (what happened between), `:from_id`, `:until_id` (the same as
    UUIDv7) and ends with `limit :most`. `windowed`: it looks at the window only, so a long past is proved part
    by part. `scope`: "full" is too much for every few minutes. `kind`: a "warning" is no break of the books.
    """

    name: str
    says: str
    sql: str
    windowed: bool = False
    scope: Scope = "recent"
    kind: Kind = "break"


async def contradictions(tx: Tx, proof: Proof, window: Window) -> list[Finding]:
    """What contradicts the proof in the window, at most a hundred; one statement sees one moment."""
    known = {
        "since": window.since,
        "until": window.until,
        "from_id": window.from_id,
        "until_id": window.until_id,
        "most": MOST_FINDINGS,
    }
    values = {name: value for name, value in known.items() if re.search(rf"(?<!:):{name}\b", proof.sql)}
    rows = await tx.execute(text(proof.sql), values)
    return [
        Finding(
            proof=proof.name,
            kind=proof.kind,
            subject_id=row.subject_id,
            organization_id=row.organization_id,
            detail=row.detail,
        )
        for row in rows
    ]


async def first_entry_at(tx: Tx) -> datetime | None:
    """When the oldest entry of the ledger was made; None while there is none."""
    first = (await tx.execute(text("select entry_id from postings order by entry_id limit 1"))).scalar()
    return None if first is None else made_at(first)
