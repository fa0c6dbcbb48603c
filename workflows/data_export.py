"""An archive of somebody's data: built in one long step that can be begun anew, then a letter to whoever asked."""

from contextlib import suppress
from typing import Literal

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception
from typing_extensions import override

from activities.export_steps import ExportEnd, ExportOrder, ExportSteps
from domain.data_export import ExportState
from workflows.policies import CHUNK, DATABASE, batch_queue
from workflows.process import Cancelled, Steering


class DataExportInput(BaseModel):
    """Which archive; whose, when an organization's; for how long it can be fetched."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    organization_id: str = ""
    lasts_seconds: float


class DataExportResult(BaseModel):
    """How it ended."""

    model_config = ConfigDict(frozen=True)

    state: ExportState


@workflow.defn
class DataExport(Steering):
    """One archive."""

    @workflow.init
    def __init__(self, wanted: DataExportInput) -> None:
        super().__init__("data-export", organization_id=wanted.organization_id, subject=wanted.export_id)
        self._built = False

    @workflow.run
    async def run(self, wanted: DataExportInput) -> DataExportResult:
        """Built, then told; one that cannot be made after days is given up, so that another may be asked for."""
        try:
            state = await self._build(wanted)
        except Cancelled:
            state = await self._end(wanted, "cancelled")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.trouble(str(error.cause or error))
            state = await self._end(wanted, "failed")
        if state in ("cancelled", "failed"):
            return self._over(state)
        await workflow.execute_activity_method(
            ExportSteps.write_export_letter, wanted.export_id, summary="letter", **DATABASE
        )
        return self._over(state)

    @override
    def refusal_to_cancel(self) -> str:
        """What is made already can be fetched, and is removed when its time is over."""
        return "The archive is made already" if self._built else ""

    def _over(self, state: ExportState) -> DataExportResult:
        self.enter(state)
        return DataExportResult(state=state)

    async def _build(self, wanted: DataExportInput) -> ExportState:
        await self.checkpoint()
        self.enter("building", next_step="letter")
        order = ExportOrder(export_id=wanted.export_id, lasts_seconds=wanted.lasts_seconds)
        building = workflow.start_activity_method(
            ExportSteps.build_archive, order, summary="the archive", task_queue=batch_queue(), **CHUNK
        )
        if workflow.patched("cancelled-while-it-is-built"):
            await self._built_or_cancelled(building)
        return await building

    async def _built_or_cancelled(self, building: workflow.ActivityHandle[ExportState]) -> None:
        """Whoever cancels does not wait for the end of a long step; whoever pauses holds what follows it.

        Raises:
            Cancelled: somebody did, before it was made.
        """
        await workflow.wait_condition(lambda: building.done() or self.is_cancelled)
        if self.is_cancelled:
            building.cancel()
            with suppress(ActivityError):
                await building
            await self.checkpoint()
        self._built = True
        if workflow.patched("held-once-it-is-built"):
            await self.checkpoint()

    async def _end(self, wanted: DataExportInput, state: Literal["cancelled", "failed"]) -> ExportState:
        """How it really ended: the last statement of a deleted organization may have been made a moment before."""
        end = ExportEnd(export_id=wanted.export_id, state=state)
        ended = await workflow.execute_activity_method(
            ExportSteps.end_archive, end, summary=state, **DATABASE
        )
        return "ready" if ended == "ready" else state
