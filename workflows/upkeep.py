"""Upkeep: once an hour what accounts ask for.

Whoever made an API key and the organization's owners are told 14 and 3 days before it ends, and when it has.
Payloads of organizations that decided against keeping them are removed. Keys at providers of models that were not
checked for a day are, and whoever has one that stopped working is told. Started by the schedule `upkeep`.
"""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.provider_upkeep import ProviderUpkeep
from activities.upkeep import Hour, UpkeepSteps
from workflows.policies import CHUNK
from workflows.process import Steering


class UpkeepInput(BaseModel):
    """Nothing is to be said."""

    model_config = ConfigDict(frozen=True)


class UpkeepResult(BaseModel):
    """What was done."""

    model_config = ConfigDict(frozen=True)

    keys_warned: int
    payloads_removed: int
    provider_keys_checked: int = 0


@workflow.defn
class Upkeep(Steering):
    """One hour's upkeep."""

    @workflow.init
    def __init__(self, _input: UpkeepInput) -> None:
        super().__init__("upkeep")

    @workflow.run
    async def run(self, _input: UpkeepInput) -> UpkeepResult:
        """Each step on its own: one that fails is retried and holds up the other."""
        hour = Hour(at=workflow.now())
        self.enter("warning of ending keys", next_step="remove unwanted payloads")
        warned = await workflow.execute_activity_method(
            UpkeepSteps.warn_of_ending_keys, hour, summary="14, 3 and 0 days", **CHUNK
        )
        await self.checkpoint()
        self.enter("removing unwanted payloads")
        removed = await workflow.execute_activity_method(
            UpkeepSteps.remove_unwanted_payloads, hour, summary="retention none", **CHUNK
        )
        checked = 0
        if workflow.patched("provider keys"):
            await self.checkpoint()
            self.enter("checking keys at providers of models")
            checked = await workflow.execute_activity_method(
                ProviderUpkeep.check_provider_keys, hour, summary="once a day each", **CHUNK
            )
        self.enter("done")
        return UpkeepResult(keys_warned=warned, payloads_removed=removed, provider_keys_checked=checked)
