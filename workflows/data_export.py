"""An archive of somebody's data: built in one long step that can be begun anew, then a letter to whoever asked."""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

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

    @workflow.run
    async def run(self, wanted: DataExportInput) -> DataExportResult:
        """Built, then told; one that cannot be made after days is given up, so that another may be asked for."""
        try:
            state = await self._build(wanted)
        except Cancelled:
            return await self._end(wanted, "cancelled")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.trouble(str(error.cause or error))
            return await self._end(wanted, "failed")
        await workflow.execute_activity_method(
            ExportSteps.write_export_letter, wanted.export_id, summary="letter", **DATABASE
        )
        self.enter(state)
        return DataExportResult(state=state)

    async def _build(self, wanted: DataExportInput) -> ExportState:
        await self.checkpoint()
        self.enter("building", next_step="letter")
        order = ExportOrder(export_id=wanted.export_id, lasts_seconds=wanted.lasts_seconds)
        return await workflow.execute_activity_method(
            ExportSteps.build_archive, order, summary="the archive", task_queue=batch_queue(), **CHUNK
        )

    async def _end(self, wanted: DataExportInput, state: ExportState) -> DataExportResult:
        end = ExportEnd(export_id=wanted.export_id, state="cancelled" if state == "cancelled" else "failed")
        await workflow.execute_activity_method(ExportSteps.end_archive, end, summary=state, **DATABASE)
        self.enter(state)
        return DataExportResult(state=state)
