"""Month-ends: the list, one run with what became of each organization, and what staff decide about it."""

from typing import Annotated, Literal, get_args
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from api import billing_runs as doors
from api.billing_run_shapes import Reason, ShownItem
from api.billing_runs import ItemInPath, RunInPath
from api.pages.acts import done
from api.pages.asking import given
from api.pages.billing_run_progress import facts_of, parts_of
from api.pages.choices import one_of
from api.pages.links import temporal_url
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, after_deletion, needs
from db import billing_runs, users
from db.engine import Tx
from domain.billing_run import ItemState, RunState
from domain.ids import read, show
from domain.money import parse_amount

router = new_pages("/billing-runs")
Reader = Depends(needs("billing:read"))
Writer = Annotated[Principal, Depends(needs("billing:write"))]
_STEERED = {
    "pause": "Chunks under way finish, no other begins.",
    "resume": "The run goes on.",
    "cancel": "The run ends; what is invoiced stays.",
    "retry": "The run is taken up where it stopped.",
}


@router.get("", dependencies=[Reader])
async def list_all(request: Request, tx: Transaction, pages: Pages) -> Response:
    """Runs and previews, the newest first."""
    asked = given(request)
    state = one_of(asked.get("state"), get_args(RunState))
    waiting = asked.get("waiting") == "yes"
    found = await doors.list_all(tx, pages, asked.get("period"), state, waiting=waiting)
    return page(request, "billing_runs/list.html", found=found, asked=asked, states=get_args(RunState))


@router.get("/{run_id}", dependencies=[Reader])
async def get(run_id: RunInPath, request: Request, tx: Transaction, pages: Pages) -> Response:
    """One run."""
    state = one_of(given(request).get("state"), get_args(ItemState))
    run = await billing_runs.get(tx, run_id=run_id)
    items = await doors.list_items(run_id, tx, pages, state)
    facts = await facts_of(tx, run_id)
    return page(
        request,
        "billing_runs/one.html",
        **facts,
        parts=parts_of(request, facts),
        items=[(item, change_of(item)) for item in items.items],
        next_cursor=items.next_cursor,
        chosen_state=state or "",
        states=get_args(ItemState),
        requested_by=await _who(tx, run.requested_by),
        temporal_url=temporal_url(request, run.workflow_id),
        named=None if run.organization_ids is None else len(run.organization_ids),
    )


@router.post("/{run_id}/{act}", dependencies=[OncePerForm])
async def steer(
    run_id: RunInPath,
    act: Literal["pause", "resume", "cancel", "retry"],
    body: Annotated[Reason, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Holds a run, lets it go on, ends it, or takes up one that failed."""
    acts = {"pause": doors.pause, "resume": doors.resume, "cancel": doors.cancel, "retry": doors.retry}
    await acts[act](run_id, request, tx, principal, body)
    return done(request, _path(run_id), _STEERED[act])


@router.post("/{run_id}/items/{organization_id}/release", dependencies=[OncePerForm])
@after_deletion("its last month is invoiced")
async def release(
    run_id: RunInPath,
    organization_id: ItemInPath,
    body: Annotated[Reason, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Issues a held invoice, or tries a failed one again."""
    item = await doors.release(run_id, organization_id, request, tx, principal, body)
    text = f"The invoice of {item.organization} is issued and goes out."
    return done(request, _path(run_id), text)


@router.post("/{run_id}/items/{organization_id}/discard", dependencies=[OncePerForm])
@after_deletion("its last month is invoiced")
async def discard(
    run_id: RunInPath,
    organization_id: ItemInPath,
    body: Annotated[Reason, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Drops a held invoice's draft."""
    item = await doors.discard(run_id, organization_id, request, tx, principal, body)
    text = f"The draft for {item.organization} is gone; another run for the month may invoice it."
    return done(request, _path(run_id), text, tone="info")


def change_of(item: ShownItem) -> float | None:
    """How much more (or less) than last month, as a ratio of it; None without a last month to compare."""
    if item.total is None or item.last_month is None or not parse_amount(item.last_month):
        return None
    last = parse_amount(item.last_month)
    return (parse_amount(item.total) - last) / last


async def _who(tx: Tx, requested_by: str) -> str:
    """The name of who asked for a run, where it was a person."""
    kind, _, identifier = requested_by.partition(":")
    if not identifier.startswith("usr_"):
        return kind
    return (await users.get(tx, user_id=read("usr", identifier))).name


def _path(run_id: UUID) -> str:
    return f"/console/billing-runs/{show('run', run_id)}"
