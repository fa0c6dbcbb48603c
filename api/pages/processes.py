"""Long-running processes: what each waits for, and the few things staff may tell it."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Form, Query, Request, Response

from api import processes
from api.pages.acts import done
from api.pages.asking import given, organization_asked, organizations_offered
from api.pages.process_subjects import about
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.process_shapes import Reason
from api.security import Principal, Transaction, needs
from api.temporal_link import temporal_of
from domain.ids import show
from workflows.registry import all_workflows

router = new_pages("/processes")
Reader = Annotated[Principal, Depends(needs("processes:read"))]
Filter = Annotated[str, Query(max_length=100)]
KINDS = sorted(workflow.__name__ for workflow in all_workflows())
_DONE = {
    "pause": "It holds where it is.",
    "resume": "It goes on.",
    "skip-wait": "It no longer waits.",
    "cancel": "It ends in order.",
}


@router.get("")
async def list_all(
    request: Request,
    tx: Transaction,
    principal: Reader,
    pages: Pages,
    kind: Filter = "",
    stage: Filter = "",
    *,
    running: bool | None = None,
) -> Response:
    """Processes, the newest first."""
    chosen = await organization_asked(tx, given(request))
    found = await processes.list_all(
        temporal=temporal_of(request),
        principal=principal,
        pages=pages,
        kind=kind,
        organization_id=show("org", chosen.id) if chosen else None,
        stage=stage,
        running=running,
    )
    offered = await organizations_offered(tx)
    return page(request, "processes/list.html", found=found, organizations=offered, kinds=KINDS)


@router.get("/{workflow_id:path}")
async def show_one(
    workflow_id: processes.WorkflowId,
    request: Request,
    tx: Transaction,
    principal: Reader,
    orders: Annotated[str | None, Query(max_length=200, description="Which the open page offers")] = None,
) -> Response:
    """One process: where it stands, what follows, and what it may be told."""
    found = await processes.get(workflow_id, temporal_of(request), principal)
    offered = "ended" if found.ended_at else " ".join(sorted(found.may))
    if orders is not None and orders != offered:
        return Response(headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
    address = f"/console/processes/{quote(workflow_id)}"
    return page(
        request,
        "processes/one.html",
        process=found,
        address=address,
        offered=offered,
        about=await about(tx, found.subject_id),
    )


@router.post("/{workflow_id:path}/{act}", dependencies=[OncePerForm])
async def steer(
    workflow_id: processes.WorkflowId,
    act: Literal["pause", "resume", "skip-wait", "cancel"],
    body: Annotated[Reason, Form()],
    request: Request,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> Response:
    """Holds a process, lets it go on, ends its wait, or ends it."""
    await processes.steer(workflow_id, act, body, request, temporal_of(request), principal)
    return done(request, f"/console/processes/{quote(workflow_id)}", _DONE[act])
