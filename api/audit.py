"""The audit log: read, exported, verified."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.paging import Page, Pages
from api.routing import new_router
from api.security import Principal, Transaction, needs, opened_for
from db import audit
from domain.audit import Chained, to_line
from domain.errors import Invalid
from domain.ids import read, show

router = new_router(prefix="/v1/audit", tag="audit")
Reader = Annotated[Principal, Depends(needs("audit:read"))]


class ShownActor(BaseModel):
    """Who acted."""

    kind: str
    id: str
    name: str
    ip: str
    request_id: str


class ShownEntry(BaseModel):
    """One act; `hash` covers it and everything before it."""

    number: int
    at: datetime
    action: str
    target: str
    target_kind: str
    organization_id: str | None
    actor: ShownActor
    before: Any
    after: Any
    previous_hash: str
    hash: str


class Verification(BaseModel):
    """Whether the chain holds, and where it first does not."""

    intact: bool
    entries: int = Field(description="How many hold")
    first_break: int | None = Field(description="Number of the first entry that does not")
    reason: str | None


def filters(
    principal: Reader,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    action: Annotated[str | None, Query(max_length=100, examples=["organization.create"])] = None,
    actor: Annotated[str | None, Query(max_length=100, description="The actor's id")] = None,
    target_kind: Annotated[str | None, Query(max_length=100)] = None,
    target: Annotated[str | None, Query(max_length=200)] = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> audit.Filters:
    """What to list; clients see their own organization only."""
    asked = None if organization_id is None else read("org", organization_id)
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise Invalid("since, until: write the time with its zone, for example 2026-11-01T00:00:00Z")
    return audit.Filters(
        organization_id=principal.organization_filter(asked),
        action=action,
        actor_id=actor,
        target_kind=target_kind,
        target_id=target,
        since=since,
        until=until,
    )


Filtered = Annotated[audit.Filters, Depends(filters)]


@router.get("")
async def list_all(tx: Transaction, chosen: Filtered, pages: Pages) -> Page[ShownEntry]:
    """Entries, the newest first."""
    found = await audit.list_page(tx, filters=chosen, before=pages.after_number, limit=pages.fetch)
    return pages.page(found, shown, lambda entry: entry.number)


@router.get("/export", response_class=StreamingResponse)
async def export(
    request: Request,
    principal: Reader,
    chosen: Filtered,
    form: Annotated[Literal["ndjson", "csv"], Query(alias="format")] = "ndjson",
) -> StreamingResponse:
    """Every entry that passes, from the first; an unfiltered NDJSON export can be verified offline."""
    as_text: Callable[[Chained], str] = to_line if form == "ndjson" else _csv_line
    head = "" if form == "ndjson" else _csv_text(_COLUMNS)

    async def lines() -> AsyncIterator[str]:
        yield head
        async with opened_for(request, principal) as tx:
            async for chunk in audit.walk(tx, filters=chosen):
                yield "".join(as_text(entry) for entry in chunk)

    kind = "application/x-ndjson" if form == "ndjson" else "text/csv"
    name = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
    return StreamingResponse(lines(), media_type=kind, headers=name)


@router.get("/verify", dependencies=[Depends(needs("audit:verify"))])
async def verify(tx: Transaction) -> Verification:
    """Walk the whole chain, and compare it with its seals and its head."""
    entries, broken = await audit.verify(tx)
    return Verification(
        intact=broken is None,
        entries=entries,
        first_break=broken.number if broken else None,
        reason=broken.reason if broken else None,
    )


def shown(chained: Chained) -> ShownEntry:
    """An entry as the door shows it."""
    entry, actor = chained.entry, chained.entry.actor
    return ShownEntry(
        number=chained.number,
        at=chained.at,
        action=entry.action,
        target=str(entry.target_id),
        target_kind=entry.target_kind,
        organization_id=show("org", entry.organization_id) if entry.organization_id else None,
        actor=ShownActor(
            kind=actor.kind, id=str(actor.id), name=actor.name, ip=actor.ip, request_id=actor.request_id
        ),
        before=entry.before,
        after=entry.after,
        previous_hash=chained.previous_hash.hex(),
        hash=chained.hash.hex(),
    )


_COLUMNS = (
    "number",
    "at",
    "action",
    "target_kind",
    "target",
    "organization_id",
    "actor_kind",
    "actor",
    "ip",
    "before",
    "after",
    "hash",
)


def _csv_line(chained: Chained) -> str:
    """An entry as a line of CSV."""
    entry = shown(chained)
    facts = entry.model_dump() | {
        "actor_kind": entry.actor.kind,
        "actor": entry.actor.name,
        "ip": entry.actor.ip,
    }
    facts |= {
        "before": json.dumps(entry.before),
        "after": json.dumps(entry.after),
        "at": entry.at.isoformat(),
    }
    return _csv_text(tuple(_harmless(facts[name]) for name in _COLUMNS))


def _csv_text(values: tuple[object, ...]) -> str:
    """The values as a line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _harmless(value: object) -> object:
    """A text that a spreadsheet will not run as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
