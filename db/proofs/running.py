"""Which billing runs must have a living process; whether they do, and whether the calendar goes on, Temporal knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from domain.ids import show

NAME = "billing_run_has_its_process"
SAYS = "Every billing run that has not ended has a living process"
CALENDAR = "month_ends_are_scheduled"
CALENDAR_SAYS = "No schedule of a month-end is paused"
GRACE = timedelta(minutes=5)

_OPEN = text("""
    select id, workflow_id, state from billing_runs
     where state in ('pending', 'running', 'paused') and created_at < :before
     order by id""")


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A billing run that has not ended."""

    id: UUID
    workflow_id: str
    state: str

    @property
    def shown(self) -> str:
        """Its id at the doors."""
        return show("run", self.id)


async def list_open(tx: Tx, *, now: datetime) -> Sequence[OpenRun]:
    """Every run that has not ended, but for those asked for just now."""
    return [OpenRun(*row) for row in await tx.execute(_OPEN, {"before": now - GRACE})]
