"""Every long-running process: what it waits for, and the few things people may tell it."""

import base64
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from activities import processes
from api.paging import Page, Pages, encode_cursor
from api.process_shapes import Reason, ShownProcess, ShownProcessDetail, shown, shown_detail
from api.routing import Once, new_router
from api.security import Principal, actor_of, database_of, needs
from api.temporal_link import temporal_of
from domain.errors import Invalid
from domain.ids import read, show
from gateways.temporal import visibility
from gateways.temporal.connection import Temporal
from gateways.temporal.visibility import Wanted

router = new_router(prefix="/v1/processes", tag="processes")
LinkedTemporal = Annotated[Temporal, Depends(temporal_of)]
Reader = Annotated[Principal, Depends(needs("processes:read"))]
WorkflowId = Annotated[str, Path(max_length=1000, examples=["collection/in_0198c0de…"])]
_Filter = Query(max_length=100)


@router.get("")
async def list_all(
    *,
    temporal: LinkedTemporal,
    principal: Reader,
    pages: Pages,
    kind: Annotated[str, _Filter] = "",
    organization_id: Annotated[str | None, _Filter] = None,
    stage: Annotated[str, _Filter] = "",
    running: bool | None = None,
) -> Page[ShownProcess]:
    """Processes, the newest first."""
    asked = principal.organization_filter(read("org", organization_id) if organization_id else None)
    organization = show("org", asked) if asked else ""
    wanted = Wanted(kind=kind, organization=organization, stage=stage, running=running)
    found, token = await visibility.list_page(temporal, wanted, limit=pages.limit, token=_token(pages.cursor))
    cursor = encode_cursor(base64.b64encode(token).decode()) if token else None
    return Page(items=[shown(temporal, process) for process in found], next_cursor=cursor)


@router.get("/{workflow_id:path}")
async def get(workflow_id: WorkflowId, temporal: LinkedTemporal, principal: Reader) -> ShownProcessDetail:
    """One process with its steps under way."""
    detail = await processes.look(temporal, workflow_id)
    organization = detail.process.organization
    principal.require_organization(read("org", organization) if organization else None)
    return shown_detail(temporal, detail)


@router.post("/{workflow_id:path}/{act}", dependencies=[Once])
async def steer(
    workflow_id: WorkflowId,
    act: Literal["pause", "resume", "skip-wait", "cancel"],
    body: Reason,
    request: Request,
    temporal: LinkedTemporal,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> ShownProcess:
    """Hold a process, let it go on, end its present wait, or end it in order."""
    process = (await processes.look(temporal, workflow_id)).process
    organization = read("org", process.organization) if process.organization else None
    principal.require_organization(organization)
    wanted = processes.Steering(
        workflow_id=workflow_id,
        organization_id=organization,
        act=act,
        reason=body.reason,
        actor=actor_of(request, principal),
        standing=process.status if process.closed_at is None else {},
    )
    said = await processes.steer(database_of(request), temporal, wanted)
    return shown(temporal, replace(process, status=said))


def _token(cursor: str | None) -> bytes | None:
    """Temporal's own token inside our cursor.

    Raises:
        Invalid: it is not a cursor of this list.
    """
    try:
        return None if cursor is None else base64.b64decode(cursor, validate=True)
    except ValueError:
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None
