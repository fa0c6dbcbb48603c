"""The steps of the money proofs: find, keep, set right what can be set right, and tell the staff once."""

from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.correspondence import Sender, post
from activities.heartbeats import beating
from activities.proof_remedies import Mend, collect_again, run_again
from activities.proving import Proved, parts_of, prove, prove_calendar, prove_collections, prove_runs
from db import proof_findings, proofs, staff
from db.engine import Database, Tx
from db.proof_findings import KeptFinding, ProofRun
from domain.ids import new_id
from domain.letters import StaffAlert
from domain.proof import Scope, Window
from gateways.temporal.connection import Temporal

_OVERLAP = timedelta(minutes=15)
_FIRST_REACH = timedelta(days=1)
_AHEAD = timedelta(days=36500)
_TOLD = 20


class Round(BaseModel):
    """Which round of proofs a step belongs to."""

    model_config = ConfigDict(frozen=True)

    scope: Scope
    started_at: datetime
    requested_by: str = ""
    durations: dict[str, int] = {}


class Part(BaseModel):
    """One proof of everything, and what it says."""

    model_config = ConfigDict(frozen=True)

    proof: str
    says: str = ""


class Outcome(BaseModel):
    """How long each proof took (milliseconds) and how much it found."""

    model_config = ConfigDict(frozen=True)

    durations: dict[str, int]
    findings: int


class ProofSteps:
    """Each step may be repeated: a finding is opened once for each thing, an alert sent once for each finding."""

    def __init__(self, database: Database, temporal: Temporal, sender: Sender) -> None:
        self._database = database
        self._temporal = temporal
        self._sender = sender

    @activity.defn
    async def prove_recent(self, round_: Round) -> Outcome:
        """Afterwards what contradicts the books since the last round is kept."""
        window = await self._reach(round_)
        outcomes: list[Proved] = []
        for proof in proofs.of_scope("recent"):
            async with beating(proof.name):
                outcomes += [proved async for proved in prove(self._database, proof, [window])][-1:]
            await self._keep(outcomes[-1])
        return _sum(outcomes)

    @activity.defn
    async def list_parts(self) -> list[Part]:
        """What a full round asks, in order; recorded, so that a new proof disturbs no round under way."""
        return [Part(proof=proof.name, says=proof.says) for proof in proofs.ALL]

    @activity.defn
    async def prove_everything(self, part: Part) -> Outcome:
        """Afterwards all that contradicts one proof is kept, and what no longer does is resolved."""
        proof = proofs.named(part.proof)
        async with beating(proof.name):
            windows = await parts_of(self._database, proof)
            proved = [known async for known in prove(self._database, proof, windows)][-1]
        await self._keep(proved)
        return _sum([proved])

    @activity.defn
    async def prove_collections(self) -> Outcome:
        """Afterwards every open invoice that nobody collects is kept, and an intent starts its collection.

        The same for billing runs that lost their process; and schedules of month-ends that are paused are kept.
        """
        async with beating():
            collected = await prove_collections(self._database, self._temporal)
            alive, lost = await prove_runs(self._database, self._temporal)
            calendar = await prove_calendar(self._temporal)
        await self._keep(collected, collect_again)
        await self._keep(alive, partial(run_again, lost))
        await self._keep(calendar)
        return _sum([collected, alive, calendar])

    @activity.defn
    async def conclude(self, round_: Round) -> int:
        """Afterwards the round is written down and staff know of every new finding; says how many are open."""
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            still_open = sum((await proof_findings.count_open(tx)).values())
            run = ProofRun(
                id=new_id(),
                started_at=round_.started_at,
                finished_at=now,
                findings=still_open,
                durations=round_.durations,
                scope=round_.scope,
                requested_by=round_.requested_by,
            )
            await proof_findings.insert_run(tx, run)
            await self._alert(tx, await proof_findings.take_unalerted(tx, now=now), now)
        return still_open

    async def _reach(self, round_: Round) -> Window:
        """Since the round before (overlapping, for what committed late), at most a day."""
        async with self._database.begin() as tx:
            before = await proof_findings.last_run(tx)
        since = round_.started_at - _FIRST_REACH
        if before is not None:
            since = max(since, before.started_at - _OVERLAP)
        return Window(since=since, until=round_.started_at + _AHEAD)

    async def _keep(self, proved: Proved, mend: Mend | None = None) -> None:
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            await proof_findings.record(tx, proved.findings, now=now)
            if proved.complete:
                await proof_findings.resolve(tx, proof=proved.name, unseen_since=now, now=now)
            if mend is not None:
                for finding in proved.findings:
                    await mend(tx, finding, now)

    async def _alert(self, tx: Tx, fresh: list[KeptFinding], now: datetime) -> None:
        if not fresh:
            return
        facts = self._facts(fresh, now)
        for to in await staff.list_admin_emails(tx) or [self._sender.support_email]:
            key = f"proofs:{fresh[0].id.hex}:{to}"
            await post(tx, "staff_alert", facts, key=key, to=to, about=fresh[0].subject_id, now=now)

    def _facts(self, fresh: list[KeptFinding], now: datetime) -> StaffAlert:
        broken = [finding for finding in fresh if finding.kind == "break"]
        return StaffAlert(
            who=self._sender.to_staff(),
            title=_title(len(broken), len(fresh)),
            detail="Each is listed once; it stays open until a later proof no longer finds it.",
            raised_at=now,
            link=f"{self._sender.public_url}/",
            severity="critical" if broken else "warning",
            facts=tuple(
                (f"{found.proof}: {found.subject_id}"[:200], found.detail) for found in fresh[:_TOLD]
            ),
        )


def _title(broken: int, fresh: int) -> str:
    """What an alert says first: the books contradict each other, or something only waits for a person."""
    if not broken:
        return "Something waits for a person" if fresh == 1 else f"{fresh} things wait for a person"
    if fresh == 1:
        return "A proof of the books found a contradiction"
    return f"The proofs of the books found {fresh} new contradictions"


def _sum(outcomes: list[Proved]) -> Outcome:
    return Outcome(
        durations={proved.name: proved.milliseconds for proved in outcomes},
        findings=sum(len(proved.findings) for proved in outcomes),
    )
