"""Taking usage in: calls that arrive while a commit is under way share the next one.

A submission is answered only after the commit that holds its records, so a process that dies loses nothing
it has answered; repeating a call is harmless, because a record is stored once by (organization, id).
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from activities.intake_batch import Batch, Checked
from db.usage.intake import Intake, IntakeFault
from domain.errors import Refusal

log = structlog.get_logger(__name__)

LARGEST_COMMIT = 5_000
LONGEST_QUEUE = 200_000


class Overloaded(Refusal):
    """More records wait than can be taken in soon; send them again a little later."""

    code = "unavailable"


@dataclass(slots=True)
class _Waiting:
    checked: Checked
    answer: asyncio.Future[dict[int, str]]


class UsageIntake:
    """Takes checked records in through a few connections at once; belongs to the running event loop."""

    def __init__(self, intake: Intake, *, connections: int = 2, largest_commit: int = LARGEST_COMMIT) -> None:
        self._intake = intake
        self._largest_commit = largest_commit
        self._queue: deque[_Waiting] = deque()
        self._queued = 0
        self._arrived = asyncio.Event()
        self._tasks = [asyncio.create_task(self._work()) for _ in range(connections)]

    async def submit(self, checked: Checked) -> dict[int, str]:
        """Stores the records durably; the verdict of each one (by position) that was not plainly accepted.

        Raises:
            Overloaded: too many records wait already; none of these was taken.
            IntakeFault: the database did not take them; nothing of this call is stored.
        """
        if self._queued > LONGEST_QUEUE:
            raise Overloaded("Too many records are waiting to be stored; send these again in a few seconds")
        waiting = _Waiting(checked, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued += len(checked.lines)
        self._arrived.set()
        return await waiting.answer

    async def close(self) -> None:
        """Takes in what waits, then ends."""
        waiting = [waiting.answer for waiting in self._queue]
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            group = self._next_group()
            if not group:
                self._arrived.clear()
                continue
            await self._commit(group)

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].checked.lines) <= self._largest_commit):
            waiting = self._queue.popleft()
            size += len(waiting.checked.lines)
            group.append(waiting)
        self._queued -= size
        return group

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            answers = await self._take_in(group)
        except IntakeFault as fault:
            if len(group) == 1:
                group[0].answer.set_exception(fault)
                return
            log.warning(
                "a shared commit failed and is repeated call by call", calls=len(group), error=str(fault)
            )
            for waiting in group:
                await self._commit([waiting])
            return
        for waiting, verdicts in zip(group, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(verdicts)

    async def _take_in(self, group: list[_Waiting]) -> list[dict[int, str]]:
        """One commit for several calls: what occurs twice is sent once, and what then is in doubt is asked again."""
        batch = Batch([waiting.checked for waiting in group])
        lines, payloads = batch.lines, batch.payloads
        first = await self._intake.take_in(lines, payloads, batch.months, now=datetime.now(UTC))
        answers: list[dict[int, str]] = [{} for _ in group]
        for place, verdict in batch.verdicts(dict(first)):
            call, position = batch.origin(place)
            answers[call][position] = verdict
        if batch.others:
            lines, payloads = batch.lines_of_others()
            for n, verdict in await self._intake.take_in(
                lines, payloads, batch.months, now=datetime.now(UTC)
            ):
                call, position = batch.origin(batch.others[n])
                answers[call][position] = verdict
        return answers
