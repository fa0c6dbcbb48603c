"""What starts by the calendar: when it is next, and holding it for a while."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from activities.schedule_acts import Act
from api import schedules
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.process_shapes import Reason
from api.security import Principal, needs
from api.temporal_link import temporal_of

router = new_pages("/schedules")
_HERE = "/console/schedules"
_DONE = {"pause": "It is paused.", "resume": "It goes on."}


@router.get("", dependencies=[Depends(needs("processes:read"))])
async def list_all(request: Request) -> Response:
    """Every schedule, with when it is next."""
    found = await schedules.list_all(request, temporal_of(request))
    return page(request, "schedules/list.html", found=found.items)


@router.post("/{schedule_id:path}/{act}", dependencies=[OncePerForm])
async def steer(
    schedule_id: schedules.ScheduleId,
    act: Act,
    body: Annotated[Reason, Form()],
    request: Request,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> Response:
    """Holds a schedule, or lets it go on."""
    await schedules.steer(schedule_id, act, body, request, temporal_of(request), principal)
    return done(request, _HERE, _DONE[act])
