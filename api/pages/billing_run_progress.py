"""A run's progress as it happens: by server-sent events, or by asking, where a proxy holds events back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.billing_run_shapes import ShownRun
from api.billing_runs import RunInPath, shown_runs
from api.pages.render import block_text
from api.pages.routing import new_pages
from api.security import Transaction, database_of, needs
from db import billing_runs
from db.engine import Tx
from domain.billing_run import ENDED

router = new_pages("/billing-runs")
Reader = Depends(needs("billing:read"))
# After ten minutes the browser asks anew, so that a session that ended meanwhile sees no more.
_LOOK_SECONDS, _LOOKS = 1.0, 600
_HEADERS = {"Cache-Control": "no-store"}


@router.get("/{run_id}/events", response_class=EventSourceResponse, dependencies=[Reader])
async def watch(run_id: RunInPath, request: Request) -> AsyncIterator[ServerSentEvent]:
    """The parts of the page that changed, until the run has ended."""
    before: ShownRun | None = None
    for _ in range(_LOOKS):
        async with database_of(request).begin() as tx:
            facts = await facts_of(tx, run_id)
        run: ShownRun = facts["run"]
        if run != before:
            yield _event(request, "run-progress", facts)
        if before is None or (run.state, run.stage) != (before.state, before.stage):
            yield _event(request, "run-acts", facts)
        if run.state in ENDED:
            yield ServerSentEvent(event="ended", raw_data="")
            return
        before = run
        await asyncio.sleep(_LOOK_SECONDS)


@router.get("/{run_id}/parts", dependencies=[Reader])
async def ask(run_id: RunInPath, request: Request, tx: Transaction) -> JSONResponse:
    """The same parts as they are now."""
    facts = await facts_of(tx, run_id)
    answer = parts_of(request, facts) | {"ended": facts["run"].state in ENDED}
    return JSONResponse(answer, headers=_HEADERS)


def parts_of(request: Request, facts: dict[str, Any]) -> dict[str, Any]:
    """The live parts as HTML, by the id of the element that each fills."""
    return {name: _text(request, name, facts) for name in ("run-progress", "run-acts")}


async def facts_of(tx: Tx, run_id: UUID) -> dict[str, Any]:
    """What the live parts show."""
    run = await billing_runs.get(tx, run_id=run_id)
    (shown,) = await shown_runs(tx, [run])
    return {"run": shown, "is_over": shown.state in ENDED, "done": shown.organizations - shown.pending}


def _event(request: Request, name: str, facts: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=_text(request, name, facts))


def _text(request: Request, name: str, facts: dict[str, Any]) -> str:
    return block_text(request, "billing_runs/parts.html", name.replace("-", "_"), **facts)
