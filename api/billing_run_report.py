"""The list of a billing run as CSV: what became of everybody."""

import csv
import io
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from api.billing_run_shapes import ShownItem
from api.billing_runs import RunInPath
from api.routing import new_router
from api.security import database_of, needs
from db import billing_run_items, billing_runs
from db.engine import Database
from domain.ids import show
from domain.portable import csv_cells

router = new_router(prefix="/v1/billing-runs", tag="billing runs")
_COLUMNS = (
    "organization_id",
    "organization",
    "state",
    "invoice_id",
    "currency",
    "total",
    "last_month",
    "reason",
)


@router.get("/{run_id}/report.csv", dependencies=[Depends(needs("billing:read"))])
async def report(run_id: RunInPath, request: Request) -> StreamingResponse:
    """The whole list as CSV."""
    database = database_of(request)
    async with database.begin() as tx:
        run = await billing_runs.get(tx, run_id=run_id)
    name = f"billing-run-{run.period:%Y-%m}-{show('run', run_id)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_csv(database, run_id), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(database: Database, run_id: UUID) -> AsyncIterator[str]:
    yield ",".join(_COLUMNS) + "\r\n"
    async with database.begin() as tx:
        async for item in billing_run_items.walk(tx, run_id=run_id):
            facts = ShownItem.of(item).model_dump()
            buffer = io.StringIO()
            csv.writer(buffer).writerow(csv_cells([facts[name] for name in _COLUMNS]))
            yield buffer.getvalue()
