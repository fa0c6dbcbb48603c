"""What the proofs found, open until a later proof of the same thing no longer finds it, and when they ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Table, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Json, Text, Uuid, metadata
from domain.ids import new_id
from domain.proof import Finding, Kind, Scope

proof_findings = Table(
    "proof_findings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("proof", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("organization_id", Uuid),
    Column("detail", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("kind", Text, nullable=False, server_default="break"),
    Column("alerted_at", Instant),
)
proof_runs = Table(
    "proof_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("durations", Json, nullable=False),
    Column("scope", Text, nullable=False, server_default="full"),
    Column("requested_by", Text, nullable=False, server_default=""),
)
_F = proof_findings.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """A finding with its history; it is open without `resolved_at`."""

    id: UUID
    proof: str
    subject_id: str
    organization_id: UUID | None
    detail: str
    found_at: datetime
    seen_at: datetime
    resolved_at: datetime | None
    kind: Kind
    alerted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRun:
    """One round of proofs; `durations` in milliseconds by name, `findings` are those open at its end."""

    id: UUID
    started_at: datetime
    finished_at: datetime
    findings: int
    durations: dict[str, int]
    scope: Scope
    requested_by: str


async def record(tx: Tx, findings: Sequence[Finding], *, now: datetime) -> None:
    """Keeps findings: new ones are opened, open ones are seen again with their newest detail."""
    if not findings:
        return
    facts = [
        {
            "id": new_id(),
            "proof": finding.proof,
            "kind": finding.kind,
            "subject_id": finding.subject_id,
            "organization_id": finding.organization_id,
            "detail": finding.detail,
            "found_at": now,
            "seen_at": now,
        }
        for finding in findings
    ]
    statement = upsert(proof_findings)
    seen = statement.on_conflict_do_update(
        index_elements=["proof", "subject_id"],
        index_where=text("resolved_at is null"),
        set_={"seen_at": statement.excluded.seen_at, "detail": statement.excluded.detail},
    )
    await tx.execute(seen, facts)


async def resolve(tx: Tx, *, proof: str, unseen_since: datetime, now: datetime) -> int:
    """Closes what a proof of everything no longer finds; says how many."""
    gone = (_F.proof == proof, _F.resolved_at.is_(None), _F.seen_at < unseen_since)
    return (await tx.execute(update(proof_findings).where(*gone).values(resolved_at=now))).rowcount


async def take_unalerted(tx: Tx, *, now: datetime) -> list[KeptFinding]:
    """Open findings that nobody was told of; afterwards they count as told."""
    fresh = (_F.alerted_at.is_(None), _F.resolved_at.is_(None))
    statement = update(proof_findings).where(*fresh).values(alerted_at=now).returning(*_F)
    return sorted((_kept(row) for row in await tx.execute(statement)), key=lambda found: found.proof)


async def list_page(
    tx: Tx, *, open_only: bool, proof: str | None, after: UUID | None, limit: int
) -> Sequence[KeptFinding]:
    """At most `limit` findings, the newest first."""
    query = select(*_F).order_by(_F.id.desc()).limit(limit)
    if open_only:
        query = query.where(_F.resolved_at.is_(None))
    if proof is not None:
        query = query.where(_F.proof == proof)
    if after is not None:
        query = query.where(_F.id < after)
    return [_kept(row) for row in await tx.execute(query)]


async def count_open(tx: Tx) -> dict[str, int]:
    """How many findings are open, by proof."""
    query = select(_F.proof, func.count()).where(_F.resolved_at.is_(None)).group_by(_F.proof)
    return {row[0]: row[1] for row in await tx.execute(query)}


async def insert_run(tx: Tx, run: ProofRun) -> None:
    """Writes down that proofs ran."""
    await tx.execute(insert(proof_runs).values({name: getattr(run, name) for name in ProofRun.__slots__}))


async def last_run(tx: Tx, *, scope: Scope | None = None) -> ProofRun | None:
    """The latest round, of any scope or of one."""
    query = select(*proof_runs.c).order_by(proof_runs.c.started_at.desc()).limit(1)
    if scope is not None:
        query = query.where(proof_runs.c.scope == scope)
    row: Any = (await tx.execute(query)).first()
    return None if row is None else ProofRun(**row._asdict())


def _kept(row: AnyRow) -> KeptFinding:
    return KeptFinding(**row._asdict())
