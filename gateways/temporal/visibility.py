"""Which processes there are, and where one of them stands."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.service import RPCError, RPCStatusCode

from gateways.errors import Refused, Unavailable
from gateways.temporal import attributes
from gateways.temporal.connection import Temporal

_TIMEOUT = timedelta(seconds=5)
_STATUSES_WITHIN_SECONDS = 1.0
_MISSING = (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT)

StatusFacts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process as the search knows it; `status` is what it says itself, when it could be asked.

    `organization` is shown as org_…; `stage` is its own name for where it is, or how it ended.
    """

    workflow_id: str
    run_id: str
    kind: str
    organization: str
    subject: str
    stage: str
    due: datetime | None
    started_at: datetime
    closed_at: datetime | None
    status: StatusFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step under way: its attempts, what is left of them, and what went wrong last."""

    name: str
    attempt: int
    attempts_left: int | None
    last_error: str
    next_attempt_at: datetime | None
    gives_up_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A process with its steps under way; `stuck` says that its own code fails and waits for a new release."""

    process: Process
    steps: tuple[Step, ...]
    stuck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is limited to; empty texts do not limit."""

    kind: str = ""
    organization: str = ""
    stage: str = ""
    running: bool | None = None


async def list_page(
    temporal: Temporal, wanted: Wanted, *, limit: int, token: bytes | None
) -> tuple[list[Process], bytes | None]:
    """At most `limit` processes, the newest first, and the token of what follows.

    Raises:
        Unavailable: Temporal does not answer.
    """
    query = _query(temporal, wanted)
    found = temporal.client.list_workflows(
        query, page_size=limit, next_page_token=token, rpc_timeout=_TIMEOUT
    )
    try:
        await found.fetch_next_page()
    except RPCError as error:
        raise Unavailable(f"Temporal: {error.message}") from error
    processes = [_process(execution) for execution in found.current_page or ()]
    return await _with_statuses(temporal, processes), found.next_page_token


async def look(temporal: Temporal, workflow_id: str) -> Detail:
    """Where a process stands now.

    Raises:
        Refused: `not_found`.
        Unavailable: Temporal does not answer.
    """
    try:
        described = await temporal.client.get_workflow_handle(workflow_id).describe(rpc_timeout=_TIMEOUT)
    except RPCError as error:
        raise refusal(error) from error
    raw = described.raw_description
    return Detail(
        process=(await _with_statuses(temporal, [_process(described)]))[0],
        steps=tuple(_step(pending) for pending in raw.pending_activities),
        stuck=raw.pending_workflow_task.attempt > 1,
    )


def refusal(error: RPCError) -> Refused | Unavailable:
    """What a failed call to Temporal means."""
    if error.status in _MISSING:
        return Refused("not_found", "There is no such process, or it has ended")
    return Unavailable(f"Temporal: {error.message}")


def _query(temporal: Temporal, wanted: Wanted) -> str:
    equal = {
        "TaskQueue": temporal.task_queue,
        "WorkflowType": _type_name(wanted.kind),
        attributes.ORGANIZATION.name: wanted.organization,
        attributes.STAGE.name: wanted.stage,
    }
    clauses = [f"{name} = {_quoted(value)}" for name, value in equal.items() if value]
    if wanted.running is not None:
        clauses.append(f"ExecutionStatus {'=' if wanted.running else '!='} 'Running'")
    return " AND ".join(clauses)


def _type_name(kind: str) -> str:
    """`BillingRun`, also for `billing-run`, as ids of processes spell it."""
    return "".join(word[:1].upper() + word[1:] for word in kind.split("-"))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


async def _with_statuses(temporal: Temporal, processes: list[Process]) -> list[Process]:
    """Asks those that run, all at once; who does not answer within a second is left without."""
    tasks = [asyncio.create_task(_ask(temporal, process)) for process in processes]
    if tasks:
        _done, late = await asyncio.wait(tasks, timeout=_STATUSES_WITHIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [
        process if task.cancelled() else task.result() for process, task in zip(processes, tasks, strict=True)
    ]


async def _ask(temporal: Temporal, process: Process) -> Process:
    if process.closed_at is not None:
        return process
    handle = temporal.client.get_workflow_handle(process.workflow_id, run_id=process.run_id)
    try:
        status = await handle.query("status", result_type=dict[str, Any], rpc_timeout=_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return process
    return replace(process, status=status)


def _process(found: WorkflowExecution | WorkflowExecutionDescription) -> Process:
    said = found.typed_search_attributes
    running = found.status == WorkflowExecutionStatus.RUNNING
    ended = "" if running or found.status is None else found.status.name.lower()
    return Process(
        workflow_id=found.id,
        run_id=found.run_id,
        kind=found.workflow_type,
        organization=said.get(attributes.ORGANIZATION, ""),
        subject=said.get(attributes.SUBJECT, ""),
        stage=ended or said.get(attributes.STAGE, ""),
        due=said.get(attributes.DUE) if running else None,
        started_at=found.start_time,
        closed_at=found.close_time,
    )


def _step(pending: Any) -> Step:
    most = pending.maximum_attempts
    again = pending.next_attempt_schedule_time if pending.HasField("next_attempt_schedule_time") else None
    expires = pending.expiration_time if pending.HasField("expiration_time") else None
    return Step(
        name=pending.activity_type.name,
        attempt=pending.attempt,
        attempts_left=most - pending.attempt if most else None,
        last_error=pending.last_failure.message[:2000],
        next_attempt_at=_instant(again),
        gives_up_at=_instant(expires),
    )


def _instant(stamp: Any) -> datetime | None:
    return None if stamp is None else stamp.ToDatetime(UTC)
