"""Usage records: the explorer's pages, one record with its trail, and the export."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from api.instants import Moment
from api.paging import Page, Pages
from api.routing import new_router
from api.security import Principal, Transaction, needs, opened_for
from api.usage_shapes import CSV_COLUMNS, ShownDetail, ShownRecord, csv_row, shown, shown_detail
from db import list_prices, prices
from db.engine import Tx
from db.usage import payloads, records, trails
from domain.errors import Invalid, NotFound
from domain.ids import read
from domain.portable import csv_cells
from domain.usage import RecordState, UsageFilters, UsagePlace, UsageRecord

router = new_router(prefix="/v1", tag="usage")
Reader = Annotated[Principal, Depends(needs("usage:read"))]
Text = Annotated[str | None, Query(max_length=256)]


def asked(
    principal: Reader,
    organization_id: Text = None,
    project_id: Text = None,
    provider: Text = None,
    model: Text = None,
    meter: Text = None,
    api_key_id: Text = None,
    bot: Text = None,
    user: Text = None,
    status: Annotated[
        str | None, Query(max_length=40, description="`ok`, `error` or the status sent")
    ] = None,
    state: RecordState | None = None,
    environment: Text = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> UsageFilters:
    """The records asked for, limited to what the caller may see."""
    organization = None if organization_id is None else read("org", organization_id)
    if organization is None:
        principal.require_whole_house("organization_id: name one of the organizations you are assigned to")
    project = principal.project_id or (None if project_id is None else read("prj", project_id))
    return UsageFilters(
        organization_id=principal.organization_filter(organization),
        project_id=project,
        provider=provider,
        model=model,
        meter=meter,
        api_key_id=api_key_id,
        bot_id=bot,
        end_user=user,
        status=status,
        state=state,
        environment=environment,
        since=since,
        until=until,
    )


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
Asked = Annotated[UsageFilters, Depends(asked)]


@router.get("/usage")
async def list_all(principal: Reader, filters: Asked, tx: Transaction, pages: Pages) -> Page[ShownRecord]:
    """Records, the newest first."""
    found = await records.list_page(tx, filters=filters, before=_place(pages.cursor), limit=pages.fetch)
    costs = principal.can("costs:read")
    return pages.page(found, lambda record: shown(record, costs=costs), _key)


@router.get("/usage.csv")
async def export(request: Request, principal: Reader, filters: Asked) -> StreamingResponse:
    """Every record that passes, as CSV; of one organization in the order of time."""
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    lines = _csv(request, principal, filters)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/usage/{record_id:path}")
async def get(
    record_id: str,
    principal: Reader,
    tx: Transaction,
    organization_id: Annotated[
        str | None, Query(max_length=64, description="For staff, when several have the id")
    ] = None,
) -> ShownDetail:
    """One record: what it cost, the price version, the postings, the invoice; its text with `payloads:read`."""
    asked_for = None if organization_id is None else read("org", organization_id)
    limited = principal.organization_filter(asked_for)
    record = await records.get(tx, record_id=record_id, organization_id=limited)
    if principal.project_id not in (None, record.project_id):
        raise NotFound("There is no such usage record")
    return await _detail(tx, principal, record)


async def _detail(tx: Tx, principal: Principal, record: UsageRecord) -> ShownDetail:
    """Everything about a record that the caller may see."""
    costs, trail = principal.can("costs:read"), await trails.follow(tx, record)
    seen = principal.can("prices:read")
    price = await prices.get(tx, price_id=record.price_id) if seen and record.price_id else None
    listed = (
        await list_prices.get(tx, list_price_id=record.list_price_id)
        if costs and record.list_price_id
        else None
    )
    payload = await payloads.find(tx, record) if principal.can("payloads:read") else None
    return shown_detail(record, trail, price=price, listed=listed, payload=payload, costs=costs)


async def _csv(request: Request, principal: Principal, filters: UsageFilters) -> AsyncIterator[str]:
    """The export in portions; the provider's cost only for those who may see it."""
    costs = principal.can("costs:read")
    async with opened_for(request, principal) as tx:
        yield ",".join(CSV_COLUMNS) + (",provider_cost" if costs else "") + "\r\n"
        async for portion in records.walk(tx, filters=filters):
            buffer = io.StringIO()
            csv.writer(buffer).writerows(csv_cells(csv_row(record, costs=costs)) for record in portion)
            yield buffer.getvalue()


def _key(record: UsageRecord) -> str:
    """A record's place as a cursor."""
    return f"{record.occurred_at.isoformat()}|{record.organization_id.hex}|{record.id}"


def _place(cursor: str | None) -> UsagePlace | None:
    """The place behind a cursor.

    Raises:
        Invalid: it is not a cursor of this list.
    """
    if cursor is None:
        return None
    try:
        at, organization, record_id = cursor.split("|", 2)
        moment = _MOMENT.validate_python(at)
        return UsagePlace(moment, record_id.replace("\x00", ""), UUID(hex=organization))
    except ValueError:
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None
