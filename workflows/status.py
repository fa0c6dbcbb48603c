"""What a process says about itself, and what people may tell it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory


class Status(BaseModel):
    """Where a process stands: what it waits for, until when, what follows, and who may act.

    `may` lists which of pause, resume, skip_wait and cancel it would take now; `last_act` who did what last.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    state: str
    waiting_for: str = ""
    until: datetime | None = None
    next_step: str = ""
    attempts_left: int | None = None
    last_error: str = ""
    who_may_act: tuple[str, ...] = ("staff",)
    paused: bool = False
    may: tuple[str, ...] = ()
    last_act: str = ""


class Act(BaseModel):
    """Why somebody steers a process."""

    model_config = ConfigDict(frozen=True)

    reason: str = ""


class Changed(BaseModel):
    """Something about a process's subject changed; what, is read from the books."""

    model_config = ConfigDict(frozen=True)

    reason: str = ""


class Waited(StrEnum):
    """How a wait ended: by what was waited for, by its deadline, or skipped by a person."""

    MET = "met"
    ELAPSED = "elapsed"
    SKIPPED = "skipped"


class Cancelled(ApplicationError):
    """Somebody cancelled the process; catch it to tidy up. Uncaught, it ends the run as failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason or "cancelled",
            type="cancelled",
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )


def refuse(detail: str, code: str = "wrong_state") -> ApplicationError:
    """What a validator raises: a refusal with a stable code, leaving no trace in the history."""
    return ApplicationError(detail, type=code, non_retryable=True, category=ApplicationErrorCategory.BENIGN)


def details(status: Status) -> str:
    """The status as the Temporal UI shows it (markdown)."""
    rows = {
        "State": f"{status.state}{' (paused)' if status.paused else ''}",
        "Waiting for": status.waiting_for,
        "Until": status.until.isoformat() if status.until else "",
        "Next": status.next_step,
        "May act": ", ".join(status.who_may_act),
        "Last error": status.last_error,
        "Last act": status.last_act,
    }
    return "\n".join(f"- **{name}**: {value}" for name, value in rows.items() if value)
