"""A small process for testing what all processes share."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow

from gateways.temporal import actors
from workflows import policies
from workflows.process import Cancelled, Steering, Waited


class ErrandInput(BaseModel):
    model_config = ConfigDict(frozen=True)

    organization_id: str = "org_1"
    days: int = 3


@activity.defn
async def who_acts() -> str:
    return f"{actors.current().kind} {actors.current().id}"


@workflow.defn
class Errand(Steering):
    @workflow.init
    def __init__(self, errand: ErrandInput) -> None:
        super().__init__("errand", organization_id=errand.organization_id, subject="in_7")
        self.done = False
        self.doer = ""

    @workflow.run
    async def run(self, errand: ErrandInput) -> str:
        self.enter("waiting", next_step="finish")
        until = workflow.now() + timedelta(days=errand.days)
        try:
            waited = await self.wait(lambda: self.done, until, "somebody to finish it")
        except Cancelled:
            return "cancelled"
        self.enter("finishing")
        self.doer = await workflow.execute_activity(who_acts, **policies.DATABASE)
        return f"{waited} for {self.doer}" if waited == Waited.MET else waited

    @workflow.signal
    def finish(self) -> None:
        self.done = True
