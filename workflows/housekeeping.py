"""Housekeeping: once a day what the calendar asks for.

Partitions of usage are made three months ahead, the ledger and the audit log of past days are sealed, traces that have served
their purpose are removed, expired credit is written off. Started by the schedule `housekeeping` at 02:30 UTC.
"""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.card_forgetting import CardForgetting
from activities.housekeeping import Day, HousekeepingSteps
from workflows.policies import CHUNK, DATABASE, STRIPE
from workflows.process import Steering


class HousekeepingInput(BaseModel):
    """Nothing is to be said."""

    model_config = ConfigDict(frozen=True)


class HousekeepingResult(BaseModel):
    """What was done."""

    model_config = ConfigDict(frozen=True)

    partitions_made: int
    traces_removed: int
    lots_written_off: int


@workflow.defn
class Housekeeping(Steering):
    """One day's housekeeping."""

    @workflow.init
    def __init__(self, _input: HousekeepingInput) -> None:
        super().__init__("housekeeping")

    @workflow.run
    async def run(self, _input: HousekeepingInput) -> HousekeepingResult:
        """Each step on its own: one that fails is retried and holds up those behind it."""
        day = Day(at=workflow.now())
        self.enter("making partitions", next_step="seal the ledger")
        partitions = await workflow.execute_activity_method(
            HousekeepingSteps.make_partitions, day, summary="three months ahead", **DATABASE
        )
        await self.checkpoint()
        if workflow.patched("ledger"):
            self.enter("sealing the ledger", next_step="seal the audit log")
            await workflow.execute_activity_method(
                HousekeepingSteps.seal_ledger, day, summary="past days", **CHUNK
            )
            await self.checkpoint()
        self.enter("sealing the audit log", next_step="remove old traces")
        await workflow.execute_activity_method(
            HousekeepingSteps.seal_audit, day, summary="past days", **DATABASE
        )
        await self.checkpoint()
        self.enter("removing old traces", next_step="write off expired credit")
        traces = await workflow.execute_activity_method(
            HousekeepingSteps.forget_old_traces, day, summary="idempotency, sign-ins", **DATABASE
        )
        await self.checkpoint()
        self.enter("writing off expired credit")
        lots = await workflow.execute_activity_method(
            HousekeepingSteps.write_off_expired_credit, day, summary="expired lots", **CHUNK
        )
        if workflow.patched("privacy"):
            await self._privacy(day)
        if workflow.patched("cards"):
            await self.checkpoint()
            await workflow.execute_activity_method(
                CardForgetting.forget_settled_cards, day, summary="of the deleted", **STRIPE
            )
        self.enter("done")
        return HousekeepingResult(partitions_made=partitions, traces_removed=traces, lots_written_off=lots)

    async def _privacy(self, day: Day) -> None:
        """What was kept for a time only goes when that is over."""
        self.enter("removing expired archives")
        for step in (HousekeepingSteps.remove_expired_archives, HousekeepingSteps.forget_settled_contacts):
            await self.checkpoint()
            await workflow.execute_activity_method(step, day, summary="kept for a time only", **DATABASE)
