"""The money proofs: every five minutes what moved is proved again, every night everything.

Each proof is a query for what contradicts the books. What it finds stays open until it is no longer found; staff
are told once. An open invoice that nobody collects is collected again. The schedules `money-proofs` and
`money-proofs-full` start it; so does `POST /v1/proofs/run`.
"""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.proofs import Outcome, ProofSteps, Round
from domain.proof import Scope
from workflows.policies import CHUNK, DATABASE, TEMPORAL, batch_queue
from workflows.process import Steering


class MoneyProofsInput(BaseModel):
    """`full` proves everything; `requested_by` names who asked outside of the calendar."""

    model_config = ConfigDict(frozen=True)

    full: bool = False
    requested_by: str = ""


class MoneyProofsResult(BaseModel):
    """How many contradictions are open now, and how long each proof took (milliseconds)."""

    model_config = ConfigDict(frozen=True)

    open_findings: int
    durations: dict[str, int]


@workflow.defn
class MoneyProofs(Steering):
    """One round of proofs."""

    @workflow.init
    def __init__(self, asked: MoneyProofsInput) -> None:
        super().__init__("money-proofs")
        self._scope: Scope = "full" if asked.full else "recent"
        self._durations: dict[str, int] = {}

    @workflow.run
    async def run(self, asked: MoneyProofsInput) -> MoneyProofsResult:
        """Proves, looks after collections, writes the round down."""
        began = Round(scope=self._scope, started_at=workflow.now(), requested_by=asked.requested_by)
        await (self._everything() if asked.full else self._recent(began))
        await self.checkpoint()
        self.enter("looking for uncollected invoices", next_step="tell the staff")
        self._add(
            await workflow.execute_activity_method(
                ProofSteps.prove_collections, summary="open invoices", **TEMPORAL
            )
        )
        self.enter("concluding")
        done = began.model_copy(update={"durations": self._durations})
        still_open = await workflow.execute_activity_method(ProofSteps.conclude, done, **DATABASE)
        self.enter("done")
        return MoneyProofsResult(open_findings=still_open, durations=self._durations)

    async def _recent(self, began: Round) -> None:
        self.enter("proving what moved", next_step="look for uncollected invoices")
        self._add(await workflow.execute_activity_method(ProofSteps.prove_recent, began, **CHUNK))

    async def _everything(self) -> None:
        parts = await workflow.execute_activity_method(ProofSteps.list_parts, **DATABASE)
        for part in parts:
            await self.checkpoint()
            self.enter(f"proving {part.proof}")
            outcome = await workflow.execute_activity_method(
                ProofSteps.prove_everything,
                part,
                task_queue=batch_queue(),
                summary=part.says[:200],
                **CHUNK,
            )
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        self._durations.update(outcome.durations)
