"""Processes as the doors show them."""

from datetime import datetime

from pydantic import BaseModel, Field

from gateways.temporal.connection import Temporal
from gateways.temporal.visibility import Detail, Process, Step
from workflows.status import Status


class ShownProcess(BaseModel):
    """A process: where it stands and what it waits for."""

    workflow_id: str
    kind: str
    state: str = Field(description="Its own name for where it is, or how it ended")
    waiting_for: str = ""
    until: datetime | None = None
    next_step: str = ""
    attempts_left: int | None = Field(None, description="Null: it is tried for as long as it takes")
    last_error: str = ""
    who_may_act: tuple[str, ...] = ()
    paused: bool = False
    may: tuple[str, ...] = Field(
        (), description="Which of pause, resume, skip_wait and cancel it would take now"
    )
    last_act: str = ""
    organization_id: str | None = None
    subject_id: str | None = None
    started_at: datetime
    ended_at: datetime | None = None
    temporal_url: str = Field("", description="Its page in the Temporal UI")


class ShownStep(BaseModel):
    """A step under way."""

    name: str
    attempt: int
    attempts_left: int | None
    last_error: str
    next_attempt_at: datetime | None
    gives_up_at: datetime | None


class ShownProcessDetail(ShownProcess):
    """A process with its steps under way."""

    steps: tuple[ShownStep, ...] = ()


class Reason(BaseModel):
    """Why somebody steers; it stands in the audit log and in the process."""

    reason: str = Field("", max_length=200)


def shown(temporal: Temporal, process: Process) -> ShownProcess:
    """The process as a list shows it."""
    return ShownProcess.model_validate(_facts(temporal, process))


def shown_detail(temporal: Temporal, detail: Detail) -> ShownProcessDetail:
    """The process as its own page shows it; trouble of a step under way goes before what it said itself."""
    facts = _facts(temporal, detail.process)
    troubled = next((step for step in detail.steps if step.last_error), None)
    if detail.stuck:
        facts["last_error"] = "Its own code fails; the Temporal UI shows where, a new release lets it go on"
    elif troubled is not None:
        facts.update(
            last_error=f"{troubled.name}: {troubled.last_error}", attempts_left=troubled.attempts_left
        )
    return ShownProcessDetail.model_validate({**facts, "steps": [_step(step) for step in detail.steps]})


def _facts(temporal: Temporal, process: Process) -> dict[str, object]:
    said = Status.model_validate(process.status or {"kind": process.kind, "state": process.stage})
    facts = said.model_dump()
    if process.status is None:
        facts.update(until=process.due, who_may_act=())
    return {
        **facts,
        "kind": process.kind,
        "workflow_id": process.workflow_id,
        "organization_id": process.organization or None,
        "subject_id": process.subject or None,
        "started_at": process.started_at,
        "ended_at": process.closed_at,
        "temporal_url": temporal.link(process.workflow_id, process.run_id),
    }


def _step(step: Step) -> ShownStep:
    return ShownStep(**{name: getattr(step, name) for name in ShownStep.model_fields})
