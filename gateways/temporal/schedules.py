"""Schedules declared in code and reconciled: ours are created and updated, a person's pause is kept."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import (
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from gateways.errors import Unavailable
from gateways.temporal.connection import Temporal

_TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One schedule: its id, when, what it starts with which one argument, and what happens when it is late.

    `at_once` also starts it when the schedule is made for the first time.
    """

    id: str
    spec: ScheduleSpec
    workflow: str
    argument: Mapping[str, Any]
    summary: str
    overlap: ScheduleOverlapPolicy
    catch_up: timedelta
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A schedule that somebody, or a failure, has paused; `note` says why."""

    id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a schedule stands: when it starts what next, what it started last, and whether it is paused and why."""

    id: str
    paused: bool
    note: str
    next_at: datetime | None
    last_at: datetime | None
    last_workflow_id: str


async def look(temporal: Temporal, schedule_id: str) -> Standing | None:
    """Where the schedule stands; None when there is none.

    Raises:
        Unavailable: Temporal does not answer.
    """
    try:
        found = await temporal.client.get_schedule_handle(schedule_id).describe(rpc_timeout=_TIMEOUT)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise Unavailable(f"Temporal: {error.message}") from error
    return _standing(found)


async def pause(temporal: Temporal, schedule_id: str, *, note: str) -> None:
    """Afterwards it starts nothing; what comes due meanwhile is not made up for when it goes on.

    Raises:
        Unavailable: Temporal does not answer.
    """
    await _answered(temporal.client.get_schedule_handle(schedule_id).pause(note=note, rpc_timeout=_TIMEOUT))


async def resume(temporal: Temporal, schedule_id: str, *, note: str) -> None:
    """Afterwards it starts again what comes due.

    Raises:
        Unavailable: Temporal does not answer.
    """
    await _answered(temporal.client.get_schedule_handle(schedule_id).unpause(note=note, rpc_timeout=_TIMEOUT))


async def _answered(asked: Awaitable[None]) -> None:
    try:
        await asked
    except RPCError as error:
        raise Unavailable(f"Temporal: {error.message}") from error


async def list_paused(temporal: Temporal, *, prefix: str) -> list[Paused]:
    """The paused ones among the schedules whose ids begin so.

    Raises:
        Unavailable: Temporal does not answer.
    """
    try:
        return [
            Paused(id=found.id, note=found.schedule.state.note or "")
            async for found in await temporal.client.list_schedules(rpc_timeout=_TIMEOUT)
            if found.id.startswith(prefix) and found.schedule is not None and found.schedule.state.paused
        ]
    except RPCError as error:
        raise Unavailable(f"Temporal: {error.message}") from error


async def ensure(temporal: Temporal, declared: Declared) -> None:
    """Afterwards the schedule is as declared; whether it is paused is left to the people who paused it."""
    wanted = _schedule(temporal, declared)
    try:
        await temporal.client.create_schedule(declared.id, wanted, trigger_immediately=declared.at_once)
    except ScheduleAlreadyRunningError:
        await _update(temporal, declared.id, wanted)


def _standing(found: ScheduleDescription) -> Standing:
    state, last = found.schedule.state, next(reversed(found.info.recent_actions), None)
    return Standing(
        id=found.id,
        paused=state.paused,
        note=state.note or "",
        next_at=None if state.paused else next(iter(found.info.next_action_times), None),
        last_at=None if last is None else last.started_at,
        last_workflow_id=_workflow_of(last),
    )


def _workflow_of(last: ScheduleActionResult | None) -> str:
    started = last and last.action
    return started.workflow_id if isinstance(started, ScheduleActionExecutionStartWorkflow) else ""


async def _update(temporal: Temporal, schedule_id: str, wanted: Schedule) -> None:
    def keep_state(found: ScheduleUpdateInput) -> ScheduleUpdate:
        wanted.state = found.description.schedule.state
        return ScheduleUpdate(schedule=wanted)

    await temporal.client.get_schedule_handle(schedule_id).update(keep_state)


def _schedule(temporal: Temporal, declared: Declared) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            declared.workflow,
            dict(declared.argument),
            id=declared.id,
            task_queue=temporal.task_queue,
            static_summary=declared.summary,
        ),
        spec=declared.spec,
        policy=SchedulePolicy(
            overlap=declared.overlap,
            catchup_window=declared.catch_up,
        ),
        state=ScheduleState(),
    )
