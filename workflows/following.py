"""A process about something that doors change: told of it, it looks again; and it knows when its letters have left."""

from datetime import datetime, timedelta

from temporalio import workflow

from activities.deletion_steps import DeletionSteps
from domain.pauses import growing
from workflows.policies import DATABASE
from workflows.process import Changed, Steering

# How long a last letter may take to leave before its reader's address is erased all the same.
_LETTERS_LAST = timedelta(hours=24)
_LETTERS_LOOK = timedelta(minutes=1)


class Following(Steering):
    """Rests until its time has come or something has changed; what, it reads from the database."""

    def __init__(self, kind: str, *, subject: str, state: str, organization_id: str = "") -> None:
        super().__init__(kind, organization_id=organization_id, subject=subject, state=state)
        self._woken = False

    @workflow.signal
    def changed(self, _changed: Changed) -> None:
        """It was decided, taken back, or a legal hold came or went."""
        self._woken = True

    async def rest(self, what: str, until: datetime) -> None:
        """Waits until then, or until something changes."""
        await self.wait(lambda: self._woken, until, what)
        self._woken = False

    async def letters_leave(self, what: str) -> None:
        """Until the letters about it have left, at most a day."""
        last, pauses = workflow.now() + _LETTERS_LAST, growing(_LETTERS_LOOK, _LETTERS_LAST, factor=10)
        while workflow.now() < last:
            waiting = await workflow.execute_activity_method(
                DeletionSteps.count_letters_waiting, self._subject, summary="have they left", **DATABASE
            )
            if not waiting:
                return
            await self.rest(what, min(last, workflow.now() + next(pauses)))
