"""The contract every process keeps: it can say where it stands and why it waits, and it can be steered.

A workflow inherits `Steering`, calls `super().__init__(…)` in its `@workflow.init`, names its stages with
`enter`, and waits only by `wait`, which honours pause, skip and cancel. `checkpoint` between steps does the
same without a wait. A cancelled process is told by `Cancelled`, raised where it waits or checks.
"""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain.audit import SYSTEM, Actor
from gateways.temporal import actors, attributes
from workflows.status import Act, Cancelled, Changed, Status, Waited, details, refuse

__all__ = ["Act", "Cancelled", "Changed", "Status", "Steering", "Waited", "refuse"]

LONGEST_REASON = 200


class Steering:
    """State shared by all processes; set up in `@workflow.init`, before any handler can run."""

    def __init__(
        self, kind: str, *, organization_id: str = "", subject: str = "", state: str = "started"
    ) -> None:
        self._status = Status(kind=kind, state=state)
        self._organization_id = organization_id
        self._subject = subject
        self._skip = False
        self._cancelled: str | None = None
        self._cancelled_by: Actor = SYSTEM
        self._texts: dict[str, str] = {}
        self._due: datetime | None = None

    def enter(self, state: str, *, next_step: str = "") -> None:
        """Names the stage that begins; searchable as Stage, visible in the UI."""
        self._show(state=state, next_step=next_step, waiting_for="", until=None)

    def trouble(self, last_error: str, *, attempts_left: int | None = None) -> None:
        """Shows what went wrong last; an empty text clears it."""
        self._show(last_error=last_error[:2000], attempts_left=attempts_left)

    def acting(self, *who: str) -> None:
        """Names who can bring the process forward, for example "staff" or "the client"."""
        self._show(who_may_act=who)

    async def wait(
        self, condition: Callable[[], bool], until: datetime | None, what: str, *, next_step: str = ""
    ) -> Waited:
        """Waits for `condition`, at most `until`; a pause holds it even when both are reached.

        Raises:
            Cancelled: somebody cancelled the process.
        """
        self._skip = False
        self._show(waiting_for=what, until=until, next_step=next_step or self._status.next_step)
        try:
            return await self._wait(condition, until, what)
        finally:
            # Told to the search only together with what follows: one event less for every wait.
            self._status = self._status.model_copy(update={"waiting_for": "", "until": None})

    async def _wait(self, condition: Callable[[], bool], until: datetime | None, what: str) -> Waited:
        while True:
            await self.checkpoint()
            if condition():
                return Waited.MET
            if self._skip:
                self._skip = False
                return Waited.SKIPPED
            if until is not None and workflow.now() >= until:
                return Waited.ELAPSED
            await self._sleep(condition, until, what)

    async def _sleep(self, condition: Callable[[], bool], until: datetime | None, what: str) -> None:
        """Until anything that a wait has to look at has changed."""
        timeout = None if until is None else until - workflow.now()
        try:
            await workflow.wait_condition(
                lambda: condition() or self._skip or self._status.paused or self._cancelled is not None,
                timeout=timeout,
                timeout_summary=what[:200],
            )
        except TimeoutError:
            return

    async def checkpoint(self) -> None:
        """Goes on at once, unless somebody paused the process: then when they resume it.

        What a cancelled process still does is done in the name of whoever cancelled it.

        Raises:
            Cancelled: somebody cancelled the process.
        """
        await workflow.wait_condition(lambda: not self._status.paused or self._cancelled is not None)
        if self._cancelled is not None:
            actors.adopt(self._cancelled_by)
            raise Cancelled(self._cancelled)

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled it; for a condition that ends a long step early."""
        return self._cancelled is not None

    def refusal_to_cancel(self) -> str:
        """Why the process cannot be cancelled now; empty when it can. Override where it would harm."""
        return ""

    def refusal_to_skip(self) -> str:
        """Why the present wait cannot be skipped; empty when it can. Override where it would harm."""
        return ""

    @workflow.query
    def status(self) -> Status:
        """Where the process stands."""
        return self._status.model_copy(update={"may": self._may()})

    def _may(self) -> tuple[str, ...]:
        checks = {
            "pause": self._refusal_to_pause(),
            "resume": "" if self._status.paused else "It is not paused",
            "skip_wait": self._refusal_to_skip(),
            "cancel": self._refusal_to_cancel(),
        }
        return tuple(act for act, refusal in checks.items() if not refusal)

    def _refusal_to_pause(self) -> str:
        if self._cancelled is not None:
            return "It is being cancelled"
        return "It is paused already" if self._status.paused else ""

    def _refusal_to_skip(self) -> str:
        return self.refusal_to_skip() if self._status.waiting_for else "It is not waiting for anything"

    def _refusal_to_cancel(self) -> str:
        return "It is being cancelled already" if self._cancelled is not None else self.refusal_to_cancel()

    @workflow.update
    async def pause(self, act: Act) -> Status:
        """Holds the process before its next step; running steps finish, deadlines keep their time."""
        return self._acted("paused", act, paused=True)

    @pause.validator
    def _validate_pause(self, act: Act) -> None:
        _require(self._refusal_to_pause(), act)

    @workflow.update
    async def resume(self, act: Act) -> Status:
        """Lets a paused process go on."""
        return self._acted("resumed", act, paused=False)

    @resume.validator
    def _validate_resume(self, act: Act) -> None:
        _require("" if self._status.paused else "It is not paused", act)

    @workflow.update
    async def skip_wait(self, act: Act) -> Status:
        """Ends the present wait as though its time had come."""
        self._skip = True
        return self._acted("skipped the wait", act)

    @skip_wait.validator
    def _validate_skip_wait(self, act: Act) -> None:
        _require(self._refusal_to_skip(), act)

    @workflow.update
    async def cancel(self, act: Act) -> Status:
        """Ends the process in order: it tidies up at its next wait or checkpoint."""
        self._cancelled, self._cancelled_by = act.reason, actors.current()
        return self._acted("cancelled", act)

    @cancel.validator
    def _validate_cancel(self, act: Act) -> None:
        _require(self._refusal_to_cancel(), act)

    def _acted(self, what: str, act: Act, **changes: object) -> Status:
        who = actors.current()
        by = f"{what} by {who.kind} {who.id}" + (f": {act.reason}" if act.reason else "")
        self._show(last_act=by, **changes)
        return self.status()

    def _show(self, **changes: object) -> None:
        """Changes the status and tells Temporal's search and UI, each only when something differs."""
        self._status = self._status.model_copy(update=changes)
        self._upsert()
        workflow.set_current_details(details(self._status))

    def _upsert(self) -> None:
        stage = "paused" if self._status.paused else self._status.state
        updates: list[SearchAttributeUpdate[str] | SearchAttributeUpdate[datetime]] = []
        for key, value in (
            (attributes.ORGANIZATION, self._organization_id),
            (attributes.SUBJECT, self._subject),
            (attributes.STAGE, stage),
        ):
            if value and self._texts.get(key.name) != value:
                self._texts[key.name] = value
                updates.append(key.value_set(value))
        if self._due != self._status.until:
            self._due = self._status.until
            updates.append(attributes.DUE.value_set(self._due) if self._due else attributes.DUE.value_unset())
        if updates:
            workflow.upsert_search_attributes(updates)


def _require(refusal: str, act: Act) -> None:
    if refusal:
        raise refuse(refusal)
    if len(act.reason) > LONGEST_REASON:
        raise refuse(f"reason: longer than {LONGEST_REASON} characters", "invalid")
