"""The deletion of an organization: a second person decides, two weeks go by in which it can be undone, then it ends.

Nobody decides: reminder, escalation, expiry. In the grace period keys stop and members look, download and may
restore. At its end it waits for as long as a legal hold is in force, a payment is under way or usage is on no
invoice. Then the last archive is made, everything personal is erased and certified, and the addresses of people go
once the letters with the certificate have left, or after a day.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.deletion_letters import DeletionLetter
from activities.deletion_steps import DeletionStanding, DeletionSteps
from domain.deletion import DeletionState

with workflow.unsafe.imports_passed_through():
    from workflows.finishing import Finishing, obstacle_pauses

_LAST_LETTERS: dict[DeletionState, DeletionLetter] = {
    "refused": "deletion_refused",
    "expired": "deletion_expired",
    "withdrawn": "deletion_restored",
    "restored": "deletion_restored",
}


class OrganizationDeletionInput(BaseModel):
    """Which deletion; when it is reminded of and escalated, counted from its start; how long archives last."""

    model_config = ConfigDict(frozen=True)

    deletion_id: str
    organization_id: str
    remind_seconds: float
    escalate_seconds: float
    archive_seconds: float


class OrganizationDeletionResult(BaseModel):
    """How it ended."""

    model_config = ConfigDict(frozen=True)

    state: DeletionState


@workflow.defn
class OrganizationDeletion(Finishing):
    """See the module."""

    @workflow.init
    def __init__(self, wanted: OrganizationDeletionInput) -> None:
        super().__init__(
            wanted.deletion_id,
            organization_id=wanted.organization_id,
            archives_last=timedelta(seconds=wanted.archive_seconds),
        )
        self._wanted = wanted

    @workflow.run
    async def run(self, _wanted: OrganizationDeletionInput) -> OrganizationDeletionResult:
        """Ask, decide, wait, finish; whatever becomes of it, who has to know is told."""
        await self.tell("deletion_requested")
        standing = await self._decision()
        if standing.state == "grace":
            await self.tell("deletion_approved")
            standing = await self._grace(standing)
        if standing.state == "finishing":
            standing = await self.finish()
        last_letter = _LAST_LETTERS.get(standing.state)
        if last_letter:
            await self.tell(last_letter)
        self.enter(standing.state)
        return OrganizationDeletionResult(state=standing.state)

    async def _decision(self) -> DeletionStanding:
        """Until somebody decides; reminded, escalated, and expired when nobody does."""
        self.enter("requested", next_step="reminder")
        self.acting("a second person of the staff", "the owners")
        begun, wanted = workflow.now(), self._wanted
        standing = await self._rest_until(begun + timedelta(seconds=wanted.remind_seconds), "requested")
        if standing.state == "requested":
            await self.tell("deletion_reminder")
            self.enter("reminded", next_step="escalation")
            standing = await self._rest_until(begun + timedelta(seconds=wanted.escalate_seconds), "requested")
        if standing.state == "requested":
            await self.tell("deletion_escalated")
            self.enter("escalated", next_step="expiry")
            standing = await self._rest_until(standing.decides_until, "requested")
        if standing.state == "requested":
            standing = await self.step(DeletionSteps.expire_deletion, "nobody decided")
        return standing

    async def _rest_until(self, until: datetime, state: DeletionState) -> DeletionStanding:
        """Until then, for as long as the deletion stays in that state."""
        standing = await self.step(DeletionSteps.read_deletion, "where it stands")
        while standing.state == state and workflow.now() < until:
            await self.rest("a decision", until)
            standing = await self.step(DeletionSteps.read_deletion, "where it stands")
        return standing

    async def _grace(self, standing: DeletionStanding) -> DeletionStanding:
        """Until the grace period is over and nothing is in the way, or somebody restores."""
        self.acting("the owners", "staff")
        pauses = obstacle_pauses()
        while standing.state == "grace":
            deletes_at = standing.deletes_at or workflow.now()
            if workflow.now() < deletes_at:
                self.enter("grace", next_step="last archive")
                then = f"; then {standing.obstacle}" if standing.obstacle else ""
                await self.rest(f"the grace period to end{then}", deletes_at)
                standing = await self.step(DeletionSteps.read_deletion, "where it stands")
                continue
            standing = await self.step(DeletionSteps.begin_finishing, "may it begin")
            if standing.state == "grace":
                self.enter("held up", next_step="last archive")
                await self.rest(standing.obstacle, workflow.now() + next(pauses))
        return standing
