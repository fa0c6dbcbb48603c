"""An invitation: sent, recalled half-way and a day before its end, until it is accepted, taken back or expires.

The books hold the invitation; doors change them and tell this process, which reads them again. A new link begins a
new generation with a clock of its own: its letter is sent and the reminders begin anew. A letter that came back is
shown and waits for a corrected address. When nobody came in time it expires, and the inviter is told.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.invites import InviteLetter, InviteStanding, InviteSteps
from domain.invite import reminder_times
from workflows import policies
from workflows.process import Cancelled, Changed, Steering, Waited


class InviteInput(BaseModel):
    """Which invitation; how long it waits stands in the books. `sent` and `reminded` continue an earlier run."""

    model_config = ConfigDict(frozen=True)

    invite_id: str
    organization_id: str = ""
    sent: int = 0
    reminded: int = 0


class InviteResult(BaseModel):
    """How it ended: accepted, expired or revoked."""

    model_config = ConfigDict(frozen=True)

    state: str


class Next(StrEnum):
    """What follows when nobody answers."""

    REMINDER = "reminder"
    LAST_REMINDER = "last reminder"
    EXPIRY = "it expires, and the inviter is told"


@workflow.defn
class Invite(Steering):
    """See the module."""

    @workflow.init
    def __init__(self, wanted: InviteInput) -> None:
        super().__init__("invite", organization_id=wanted.organization_id, subject=wanted.invite_id)
        self._invite_id = wanted.invite_id
        self._wanted = wanted
        self._sent = wanted.sent
        self._reminded = wanted.reminded
        self._woken = False

    @workflow.run
    async def run(self, _wanted: InviteInput) -> InviteResult:
        """Follows the books until the invitation has ended."""
        try:
            state = await self._follow()
        except Cancelled:
            step = InviteSteps.withdraw_invite
            await workflow.execute_activity_method(
                step, self._invite_id, summary="take it back", **policies.DATABASE
            )
            state = "revoked"
        self.enter(state)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return InviteResult(state=state)

    @workflow.signal
    def invite_changed(self, _changed: Changed) -> None:
        """It was accepted, taken back, sent anew, or its letter came back."""
        self._woken = True

    async def _follow(self) -> str:
        """One wait after another; what woke it up in its last moment is looked at too."""
        while True:
            self._woken = False
            standing = await self._read()
            if standing.living:
                await self._take(standing)
            elif not self._woken:
                return standing.state
            if workflow.info().is_continue_as_new_suggested():
                await self._continue()

    async def _read(self) -> InviteStanding:
        await self.checkpoint()
        return await workflow.execute_activity_method(
            InviteSteps.read_invite, self._invite_id, summary="where it stands", **policies.DATABASE
        )

    async def _take(self, standing: InviteStanding) -> None:
        if standing.state == "bounced":
            await self._await_address(standing)
            return
        if standing.generation != self._sent and workflow.now() < standing.expires_at:
            await self._send(standing)
        until, following = self._next(standing)
        self.enter("sent", next_step=following)
        self.acting("the invited person", "the inviter", "staff")
        waited = await self.wait(lambda: self._woken, until, "the invited person to accept")
        if waited is Waited.ELAPSED:
            _, following = self._next(standing)
        if waited is not Waited.MET:
            await self._act(standing, following)

    async def _await_address(self, standing: InviteStanding) -> None:
        """Until it is sent to another address, taken back, or its time is up."""
        self.enter("bounced", next_step=Next.EXPIRY)
        self.acting("the inviter", "staff")
        self.trouble("the letter came back: the address takes no mail")
        waited = await self.wait(lambda: self._woken, standing.expires_at, "a corrected address")
        self.trouble("")
        if waited is not Waited.MET:
            await self._step(InviteSteps.expire_invite, standing, "its time is up")

    async def _send(self, standing: InviteStanding) -> None:
        """The letter of this generation, whose clock has just begun."""
        self.enter("sending", next_step="wait for an answer")
        self._sent, self._reminded = standing.generation, 0
        await self._step(InviteSteps.send_invite, standing, "the letter with its link")

    def _next(self, standing: InviteStanding) -> tuple[datetime, Next]:
        """What follows if nobody answers, and when; of reminders missed together only the latest is sent."""
        times = reminder_times(standing.began_at, standing.expires_at)
        while self._reminded + 1 < len(times) and workflow.now() >= times[self._reminded + 1]:
            self._reminded += 1
        if self._reminded >= len(times) or workflow.now() >= standing.expires_at:
            return standing.expires_at, Next.EXPIRY
        last = self._reminded == len(times) - 1
        return times[self._reminded], Next.LAST_REMINDER if last else Next.REMINDER

    async def _act(self, standing: InviteStanding, following: Next) -> None:
        if following is Next.EXPIRY:
            await self._step(InviteSteps.expire_invite, standing, "its time is up")
            return
        self._reminded += 1
        last = following is Next.LAST_REMINDER
        await self._step(InviteSteps.send_invite, standing, following, reminder=self._reminded, last=last)

    async def _step(
        self,
        step: Callable[[InviteSteps, InviteLetter], Awaitable[None]],
        standing: InviteStanding,
        summary: str,
        *,
        reminder: int = 0,
        last: bool = False,
    ) -> None:
        letter = InviteLetter(
            invite_id=self._invite_id, generation=standing.generation, reminder=reminder, last=last
        )
        await workflow.execute_activity_method(step, letter, summary=summary, **policies.DATABASE)

    async def _continue(self) -> None:
        """Begins a fresh history with what was done so far."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.checkpoint()  # a pause or a cancellation would not go along
        done = {"sent": self._sent, "reminded": self._reminded}
        workflow.continue_as_new(self._wanted.model_copy(update=done))
