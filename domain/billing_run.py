"""Billing runs: one month-end for a frozen list of organizations, invoiced in chunks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from domain.errors import Refusal, WrongState
from domain.ids import show
from domain.period import show_period

RunState = Literal["pending", "running", "paused", "completed", "cancelled", "failed"]
ItemState = Literal["pending", "invoiced", "skipped", "held", "failed"]
ENDED = frozenset[str]({"completed", "cancelled", "failed"})
CHUNK = 200
# From so many organizations on, one pass over the month is cheaper than reading each by itself.
SUMMED_FROM = 400


class NothingToRun(Refusal):
    """The run's list of organizations names somebody who does not exist."""

    code = "unknown_organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRun:
    """A run as kept. `zone` limits it to the organizations of one billing zone, `organization_ids` to those named."""

    id: UUID
    period: date
    zone: str
    preview: bool
    canary: int
    state: RunState
    stage: str
    workflow_id: str
    requested_by: str
    organization_ids: tuple[UUID, ...] | None
    organizations: int
    chunks: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    last_error: str

    def require_running(self) -> None:
        """Refuses to steer a run that has ended.

        Raises:
            WrongState: it has.
        """
        if self.state in ENDED:
            raise WrongState(f"The billing run is {self.state}", state=self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItem:
    """What became of one organization; `result` holds a preview's figures, `reason` why it was skipped, held or failed."""

    run_id: UUID
    organization_id: UUID
    organization_name: str
    chunk: int
    state: ItemState
    released: bool
    invoice_id: UUID | None
    currency: str
    total_nanos: int | None
    last_month_nanos: int | None
    reason: str
    result: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is: organizations by state, and what was invoiced by currency, in nanos."""

    pending: int = 0
    invoiced: int = 0
    skipped: int = 0
    held: int = 0
    failed: int = 0
    totals: tuple[tuple[str, int], ...] = ()


def workflow_id_of(period: date, run_id: UUID) -> str:
    """The id of the run's process."""
    return f"billing-run/{show_period(period)}/{show('run', run_id)}"
