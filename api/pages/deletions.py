"""Deletions of organizations, for those who decide: the list, and one with what would go and stay."""

from typing import Annotated, get_args

from fastapi import Depends, Form, Request, Response

from api import deletions as doors
from api.deletion_shapes import Decision
from api.deletions import DeletionInPath
from api.pages.acts import done
from api.pages.asking import given
from api.pages.choices import one_of
from api.pages.links import temporal_url
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs
from domain.deletion import LIVING, DeletionState
from domain.ids import read

router = new_pages("/deletions")
Approver = Annotated[Principal, Depends(needs("deletions:approve"))]


@router.get("", dependencies=[Depends(needs("deletions:approve"))])
async def list_all(request: Request, tx: HouseTransaction, pages: Pages) -> Response:
    """Every request, the newest first."""
    state = one_of(given(request).get("state"), get_args(DeletionState))
    found = await doors.list_all(tx, pages, state)
    return page(
        request, "deletions/list.html", found=found, chosen=state or "", states=get_args(DeletionState)
    )


@router.get("/{deletion_id}")
async def show_one(
    deletion_id: DeletionInPath, request: Request, tx: HouseTransaction, principal: Approver
) -> Response:
    """One request: who asks and why, what would go, and the decision."""
    deletion = await doors.get(deletion_id, tx, principal)
    living = deletion.state in LIVING
    organization_id = read("org", deletion.organization_id)
    return page(
        request,
        "deletions/one.html",
        deletion=deletion,
        preview=await doors.preview(organization_id, tx) if living else None,
        mine=read("usr", deletion.requested_by) == principal.id,
        temporal_url=temporal_url(request, deletion.workflow_id),
    )


@router.post("/{deletion_id}/approve", dependencies=[Recent, OncePerForm])
async def approve(
    deletion_id: DeletionInPath,
    body: Annotated[Decision, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Approver,
) -> Response:
    """Approves what somebody else asked for."""
    after = await doors.approve(deletion_id, body, request, tx, principal)
    text = f"Approved. {after.organization} can be restored until the grace period ends."
    return done(request, f"/console/deletions/{after.id}", text, tone="warning")


@router.post("/{deletion_id}/refuse", dependencies=[OncePerForm])
async def refuse(
    deletion_id: DeletionInPath,
    body: Annotated[Decision, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Approver,
) -> Response:
    """Refuses what somebody else asked for."""
    after = await doors.refuse(deletion_id, body, request, tx, principal)
    return done(request, f"/console/deletions/{after.id}", "Refused. Whoever asked is told why.")


@router.post("/{deletion_id}/restore", dependencies=[OncePerForm])
async def restore(
    deletion_id: DeletionInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("deletions:request"))],
) -> Response:
    """Takes it back."""
    after = await doors.restore(deletion_id, request, tx, principal)
    return done(
        request, f"/console/deletions/{after.id}", f"{after.organization} is as it was; its owners are told."
    )
