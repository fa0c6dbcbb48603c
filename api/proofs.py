"""The proofs of the books: what they say, what is open, and running them now."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import audit, intents, proof_findings, proofs
from db.proof_findings import KeptFinding
from db.proofs import collections, running
from domain.audit import Entry
from domain.ids import new_id, show
from domain.proof import Kind, Scope

router = new_router(prefix="/v1/proofs", tag="proofs")
Reader = Annotated[Principal, Depends(needs("books:read"))]


class ShownProof(BaseModel):
    """One proof: what holds, and how many contradictions are open."""

    name: str
    says: str
    kind: Kind
    open_findings: int


class ShownProofs(BaseModel):
    """Every proof, and when they were last asked."""

    items: list[ShownProof]
    open_findings: int
    last_run_at: datetime | None
    last_full_run_at: datetime | None


class ShownFinding(BaseModel):
    """A contradiction; open until `resolved_at`."""

    id: str
    proof: str
    kind: Kind
    subject_id: str
    organization_id: str | None
    detail: str
    found_at: datetime
    seen_at: datetime
    resolved_at: datetime | None


class RunProofs(BaseModel):
    """What to prove."""

    scope: Scope = Field("full", description="`recent`: what moved since the last round; `full`: everything")


class StartedProofs(BaseModel):
    """The process that proves."""

    workflow_id: str


@router.get("", dependencies=[Depends(needs("books:read"))])
async def list_proofs(tx: Transaction) -> ShownProofs:
    """What is proved, and whether it holds."""
    counts = await proof_findings.count_open(tx)
    last = await proof_findings.last_run(tx)
    full = await proof_findings.last_run(tx, scope="full")
    known: list[tuple[str, str, Kind]] = [(proof.name, proof.says, proof.kind) for proof in proofs.ALL]
    known.append((collections.NAME, collections.SAYS, "break"))
    known.append((running.NAME, running.SAYS, "warning"))
    known.append((running.CALENDAR, running.CALENDAR_SAYS, "warning"))
    items = [
        ShownProof(name=name, says=says, kind=kind, open_findings=counts.get(name, 0))
        for name, says, kind in known
    ]
    return ShownProofs(
        items=items,
        open_findings=sum(counts.values()),
        last_run_at=last.finished_at if last else None,
        last_full_run_at=full.finished_at if full else None,
    )


@router.get("/findings", dependencies=[Depends(needs("books:read"))])
async def list_findings(
    *, tx: Transaction, pages: Pages, proof: str | None = None, open_only: bool = True
) -> Page[ShownFinding]:
    """Contradictions, the newest first."""
    found = await proof_findings.list_page(
        tx, open_only=open_only, proof=proof, after=pages.after_id, limit=pages.fetch
    )
    return pages.page(found, _shown, lambda finding: finding.id)


@router.post("/run", status_code=202, dependencies=[Once])
async def run(
    body: RunProofs,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> StartedProofs:
    """Prove now, beside the calendar."""
    workflow_id = f"money-proofs/{new_id().hex}"
    actor = actor_of(request, principal)
    await intents.insert(
        tx,
        key=workflow_id,
        kind="start",
        workflow="MoneyProofs",
        workflow_id=workflow_id,
        payload={"full": body.scope == "full", "requested_by": f"{principal.kind} {principal.id}"},
        actor=actor,
        summary="Proofs of the books, on demand",
        now=datetime.now(UTC),
    )
    entry = Entry("proofs.run", "process", workflow_id, None, None, {"scope": body.scope})
    await audit.append(tx, [entry], actor=actor)
    return StartedProofs(workflow_id=workflow_id)


def _shown(finding: KeptFinding) -> ShownFinding:
    facts = {name: getattr(finding, name) for name in ShownFinding.model_fields}
    organization = None if finding.organization_id is None else show("org", finding.organization_id)
    return ShownFinding.model_validate({**facts, "id": finding.id.hex, "organization_id": organization})
