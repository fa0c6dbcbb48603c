"""The erasure of a person's account: announced, undone for a week, then final.

When its day has come it waits for as long as an organization would be left without an owner or a legal hold covers
one of theirs. Everything is erased and certified in one step; the address goes last, once the letter with the
certificate has left it, or after a day.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from typing_extensions import override

from activities.erasure_steps import ErasureOrder, ErasureStanding, ErasureSteps
from domain.erasure import ErasureState
from domain.pauses import growing
from workflows.following import Following
from workflows.policies import DATABASE

_LOOK, _LOOK_LONGEST = timedelta(hours=12), timedelta(days=4)


class ErasureInput(BaseModel):
    """Which erasure, and for how long its certificate can be fetched."""

    model_config = ConfigDict(frozen=True)

    erasure_id: str
    lasts_seconds: float


class ErasureResult(BaseModel):
    """How it ended."""

    model_config = ConfigDict(frozen=True)

    state: ErasureState


@workflow.defn
class Erasure(Following):
    """See the module."""

    @workflow.init
    def __init__(self, wanted: ErasureInput) -> None:
        super().__init__("erasure", subject=wanted.erasure_id, state="scheduled")
        self._erasure_id = wanted.erasure_id

    @workflow.run
    async def run(self, wanted: ErasureInput) -> ErasureResult:
        """Announce, wait, erase, forget the address."""
        self.acting("the person")
        standing = await self._step(ErasureSteps.announce_erasure, "tell when")
        standing = await self._wait_for_the_day(standing)
        if standing.state == "finishing":
            standing = await self._erase(wanted)
        self.enter(standing.state)
        return ErasureResult(state=standing.state)

    @override
    def refusal_to_cancel(self) -> str:
        """Only its person may keep the account."""
        return "Only the person themselves can take it back, on their privacy page"

    @override
    def refusal_to_skip(self) -> str:
        """The days of grace are theirs."""
        return "The wait protects the person; it cannot be cut short"

    async def _wait_for_the_day(self, standing: ErasureStanding) -> ErasureStanding:
        pauses = growing(_LOOK, _LOOK_LONGEST)
        while standing.state == "scheduled":
            if workflow.now() < standing.erases_at:
                self.enter("scheduled", next_step="erase")
                await self.rest("the days of grace to end", standing.erases_at)
                standing = await self._step(ErasureSteps.read_erasure, "where it stands")
                continue
            standing = await self._step(ErasureSteps.begin_erasure, "may it begin")
            if standing.obstacle:
                self.enter("held up", next_step="erase")
                await self.rest(standing.obstacle, workflow.now() + next(pauses))
        return standing

    async def _erase(self, wanted: ErasureInput) -> ErasureStanding:
        self.enter("erasing", next_step="last letter")
        order = ErasureOrder(erasure_id=wanted.erasure_id, lasts_seconds=wanted.lasts_seconds)
        pauses = growing(_LOOK, _LOOK_LONGEST)
        while True:
            standing = await workflow.execute_activity_method(
                ErasureSteps.erase_person, order, summary="erase and certify", **DATABASE
            )
            if standing.state != "finishing":
                break
            await self.rest(standing.obstacle, workflow.now() + next(pauses))
        self.enter("sending the last letter", next_step="erase the address")
        await self.letters_leave("the last letter to leave")
        await workflow.execute_activity_method(
            ErasureSteps.forget_address, self._erasure_id, summary="the address", **DATABASE
        )
        return standing

    async def _step(
        self, step: Callable[[ErasureSteps, str], Awaitable[ErasureStanding]], summary: str
    ) -> ErasureStanding:
        return await workflow.execute_activity_method(step, self._erasure_id, summary=summary, **DATABASE)
