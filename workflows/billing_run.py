"""The month-end of one period: everybody's invoice, once, whatever crashes or repeats.

A door (or the schedule of a billing zone) asks for it. The list of organizations is frozen and walked in chunks:
each is one transaction that invoices two hundred organizations. A canary goes first and waits for a person; so
does a run in which too many invoices are held. Only then do clients hear of it: documents, mails, collection.
Pause and cancel let running chunks finish and start no new one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import ActivityError
from typing_extensions import override

from activities.billing_runs import BillingRunSteps, ChunkRef, Counts, Frozen, Move, OpenScheduled, RunRef
from activities.deliveries import Batch, DeliverySteps
from domain.billing_run import RunState
from workflows.policies import CHUNK, DATABASE, RENDER, batch_queue
from workflows.process import Cancelled, Steering

IN_FLIGHT = 3
_SCHEDULED = "TemporalScheduledStartTime"


class BillingRunInput(BaseModel):
    """Which run; without one, the schedule's for `zone`.

    A long run goes on as new after `chunks_at_a_time`, at `stage` and `next_chunk`. `paused` begins one again that
    was paused when its process was lost.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str = ""
    zone: str = ""
    stage: str = "invoicing"
    next_chunk: int = 0
    chunks_at_a_time: int = 1_000
    paused: bool = False


class BillingRunResult(BaseModel):
    """What became of the organizations."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    state: str
    invoiced: int = 0
    skipped: int = 0
    held: int = 0
    failed: int = 0
    pending: int = 0


@workflow.defn
class BillingRun(Steering):
    """One run."""

    @workflow.init
    def __init__(self, given: BillingRunInput) -> None:
        super().__init__("billing-run", subject=given.run_id, state="opening")
        self._given = given
        self._run_id = given.run_id
        self._next = given.next_chunk
        self._chunks = 0
        self._walked = 0
        self._mirrored = False

    @workflow.run
    async def run(self, _given: BillingRunInput) -> BillingRunResult:
        """The whole month-end; ends as completed, cancelled, or failed when its list cannot be made."""
        mirror = asyncio.create_task(self._mirror_pauses())
        try:
            if self._given.paused:
                await self._hold("a person, as before its process was lost")
            await self._open()
            await self._month_end()
        except Cancelled:
            return await self._end("cancelled")
        except ActivityError as error:
            await self._end("failed", last_error=str(error.cause or error))
            raise
        finally:
            mirror.cancel()
        return await self._end("completed")

    @override
    def refusal_to_skip(self) -> str:
        """A run waits for nobody but a person who looks."""
        return "It waits for a person: resume or cancel it"

    async def _month_end(self) -> None:
        frozen = await self._freeze()
        self._chunks = frozen.chunks
        if self._given.stage == "invoicing":
            await self._invoice(frozen)
            self._next = 0
        if not frozen.preview:
            await self._deliver(frozen)

    async def _invoice(self, frozen: Frozen) -> None:
        """Everybody, the canary first; then a person looks when too many are held."""
        if self._next == 0:
            self.enter("summing", next_step="invoice")
            await self._sum()
        if frozen.canary and self._next == 0:
            await self._canary(frozen)
        self.enter("invoicing", next_step="look for anomalies")
        await self._walk(self._invoice_chunk, frozen.chunks, stage="invoicing")
        counts = await self._counts()
        if counts.stop and not frozen.preview:
            self.enter("anomalies", next_step="send the invoices")
            await self._hold(f"a person: {counts.held} invoices are held, {counts.invoiced} are not")

    async def _canary(self, frozen: Frozen) -> None:
        """The first chunk alone, with its documents, until a person resumes the run."""
        self.enter("canary", next_step="invoice everybody else")
        await self._walk(self._invoice_chunk, 1, stage="invoicing")
        if not frozen.preview:
            await self._render(0)
            await self._hold("a person who looks at the first invoices")

    async def _deliver(self, frozen: Frozen) -> None:
        self.enter("delivering", next_step="report")
        await self._walk(self._deliver_chunk, frozen.chunks, stage="delivering")

    async def _walk(self, step: Callable[[int], Awaitable[None]], until: int, *, stage: str) -> None:
        """Every chunk from the next one on, a few at a time.

        Raises:
            Cancelled: somebody cancelled; the chunks that ran have finished.
        """
        lanes = await asyncio.gather(
            *(self._lane(step, until) for _ in range(IN_FLIGHT)), return_exceptions=True
        )
        for failure in lanes:
            if isinstance(failure, BaseException):
                raise failure
        if self._next < until:
            await self.checkpoint()
            await workflow.wait_condition(workflow.all_handlers_finished)
            changes = {"run_id": self._run_id, "stage": stage, "next_chunk": self._next, "paused": False}
            workflow.continue_as_new(self._given.model_copy(update=changes))

    async def _lane(self, step: Callable[[int], Awaitable[None]], until: int) -> None:
        while (
            self._walked < self._given.chunks_at_a_time and not workflow.info().is_continue_as_new_suggested()
        ):
            await self.checkpoint()
            if self._next >= until:
                return
            chunk, self._next, self._walked = self._next, self._next + 1, self._walked + 1
            await step(chunk)
            self._show(next_step=f"{min(self._next, until)} of {self._chunks} chunks begun")

    async def _hold(self, what: str) -> None:
        """Pauses the run by itself; a person resumes or cancels it."""
        self._show(paused=True, waiting_for=what)
        try:
            await self.checkpoint()
        finally:
            self._show(waiting_for="")

    async def _mirror_pauses(self) -> None:
        """Keeps the run's row saying whether it is paused."""
        while True:
            await workflow.wait_condition(lambda: self._status.paused != self._mirrored)
            self._mirrored = self._status.paused
            await self._move("paused" if self._mirrored else "running")

    async def _open(self) -> None:
        if not self._run_id:
            opening = OpenScheduled(
                zone=self._given.zone, at=_nominal(), workflow_id=workflow.info().workflow_id
            )
            self._run_id = await workflow.execute_activity_method(
                BillingRunSteps.open_scheduled_run, opening, summary=self._given.zone, **DATABASE
            )
            self._subject = self._run_id

    async def _freeze(self) -> Frozen:
        return await workflow.execute_activity_method(
            BillingRunSteps.freeze_billing_run, self._ref(), summary="freeze the list", **CHUNK
        )

    async def _sum(self) -> None:
        await workflow.execute_activity_method(
            BillingRunSteps.sum_billing_run,
            self._ref(),
            task_queue=batch_queue(),
            summary="one pass over the month",
            **CHUNK,
        )

    async def _counts(self) -> Counts:
        return await workflow.execute_activity_method(
            BillingRunSteps.review_billing_run, self._ref(), summary="look for anomalies", **DATABASE
        )

    async def _invoice_chunk(self, chunk: int) -> None:
        await workflow.execute_activity_method(
            BillingRunSteps.invoice_chunk,
            ChunkRef(run_id=self._run_id, chunk=chunk, at=workflow.now()),
            task_queue=batch_queue(),
            summary=f"invoice chunk {chunk}",
            **CHUNK,
        )

    async def _render(self, chunk: int) -> None:
        batch = Batch(run_id=self._run_id, chunk=chunk)
        await workflow.execute_activity_method(
            DeliverySteps.render_documents,
            batch,
            task_queue=batch_queue(),
            summary=f"documents {chunk}",
            **RENDER,
        )

    async def _deliver_chunk(self, chunk: int) -> None:
        batch = Batch(run_id=self._run_id, chunk=chunk)
        await self._render(chunk)
        for step in (DeliverySteps.mail_documents, DeliverySteps.start_collections):
            await workflow.execute_activity_method(
                step, batch, task_queue=batch_queue(), summary=f"chunk {chunk}", **CHUNK
            )

    async def _move(self, state: RunState, last_error: str = "") -> None:
        stage = self._status.state
        move = Move(run_id=self._run_id, state=state, stage=stage, at=workflow.now(), last_error=last_error)
        await workflow.execute_activity_method(
            BillingRunSteps.move_billing_run, move, summary=state, **DATABASE
        )

    async def _end(self, state: RunState, last_error: str = "") -> BillingRunResult:
        counts = await self._counts() if self._run_id else Counts()
        self.enter(state)
        if self._run_id:
            await self._move(state, last_error)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return BillingRunResult(run_id=self._run_id, state=state, **counts.model_dump(exclude={"stop"}))

    def _ref(self) -> RunRef:
        return RunRef(run_id=self._run_id, at=workflow.now())


def _nominal() -> datetime:
    """The instant the schedule meant, also when it comes late or is caught up."""
    for pair in workflow.info().typed_search_attributes:
        if pair.key.name == _SCHEDULED and isinstance(pair.value, datetime):
            return pair.value
    return workflow.now()
