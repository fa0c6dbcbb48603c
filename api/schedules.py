"""What starts by the calendar: when it is next, and holding it for a while."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Path, Request
from pydantic import BaseModel, Field

from activities import schedule_acts
from activities.schedule_acts import Planned
from api.process_shapes import Reason
from api.processes import LinkedTemporal
from api.routing import Once, new_router
from api.security import Principal, actor_of, database_of, needs

router = new_router(prefix="/v1/schedules", tag="processes")
ScheduleId = Annotated[str, Path(max_length=200, examples=["billing/Europe/Berlin"])]


class ShownSchedule(BaseModel):
    """Something that starts by the calendar; paused, it starts nothing, and makes up for nothing afterwards."""

    id: str
    summary: str = Field(description="What it is for")
    process: str = Field(description="The kind of process it starts")
    zone: str | None = Field(description="Whose clock it follows; null: UTC")
    state: Literal["scheduled", "paused", "absent"] = Field(
        description="`absent`: Temporal does not have it; a worker makes it when it starts"
    )
    note: str = Field(description="Why it was paused or resumed, and by whom")
    next_at: datetime | None = Field(description="Null while it is paused")
    last_at: datetime | None
    last_process_id: str | None


class Schedules(BaseModel):
    """Every schedule."""

    items: list[ShownSchedule]


def shown(planned: Planned) -> ShownSchedule:
    """The schedule as the doors show it."""
    declared, standing = planned.declared, planned.standing
    return ShownSchedule(
        id=declared.id,
        summary=declared.summary,
        process=declared.workflow,
        zone=declared.spec.time_zone_name,
        state="absent" if standing is None else "paused" if standing.paused else "scheduled",
        note=standing.note if standing else "",
        next_at=standing.next_at if standing else None,
        last_at=standing.last_at if standing else None,
        last_process_id=(standing.last_workflow_id or None) if standing else None,
    )


@router.get("", dependencies=[Depends(needs("processes:read"))])
async def list_all(request: Request, temporal: LinkedTemporal) -> Schedules:
    """Every schedule: month-ends by time zone, then the house's own."""
    found = await schedule_acts.list_all(database_of(request), temporal)
    return Schedules(items=[shown(planned) for planned in found])


@router.post("/{schedule_id:path}/{act}", dependencies=[Once])
async def steer(
    schedule_id: ScheduleId,
    act: schedule_acts.Act,
    body: Reason,
    request: Request,
    temporal: LinkedTemporal,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> ShownSchedule:
    """Hold a schedule, or let it go on. What came due while it was held is started by hand."""
    wanted = schedule_acts.Wanted(
        schedule_id=schedule_id, act=act, reason=body.reason, actor=actor_of(request, principal)
    )
    return shown(await schedule_acts.steer(database_of(request), temporal, wanted))
