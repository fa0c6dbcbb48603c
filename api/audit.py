"""The audit log: read, exported, verified."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.audit_shapes import COLUMNS, Proof, ShownEntry, ShownSeal, csv_line, csv_text, shown
from api.paging import Page, Pages
from api.routing import new_router
from api.security import HouseTransaction, Principal, Transaction, needs, opened_for
from db import audit, audit_seals
from domain.audit import Chained, to_line
from domain.errors import Invalid
from domain.ids import read

router = new_router(prefix="/v1/audit", tag="audit")
Reader = Annotated[Principal, Depends(needs("audit:read"))]


class Verification(BaseModel):
    """Whether the chain holds, and where it first does not."""

    intact: bool
    entries: int = Field(description="How many hold")
    first_break: int | None = Field(description="Number of the first entry that does not")
    reason: str | None


def filters(
    principal: Reader,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    action: Annotated[
        str | None, Query(max_length=100, description="A whole action, or its beginning", examples=["key"])
    ] = None,
    actor: Annotated[str | None, Query(max_length=320, description="The actor's id or name")] = None,
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
        actor=actor,
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
    as_text: Callable[[Chained], str] = to_line if form == "ndjson" else csv_line
    head = "" if form == "ndjson" else csv_text(COLUMNS)

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


@router.get("/seals", dependencies=[Depends(needs("audit:read"))])
async def list_seals(tx: HouseTransaction, pages: Pages) -> Page[ShownSeal]:
    """The daily seals, the newest first: keep one outside, and nothing before it can be changed unseen.

    They hold hashes only, so every reader of an audit log sees all of them.
    """
    found = await audit_seals.list_page(tx, before=pages.after_day, limit=pages.fetch)
    return pages.page(found, ShownSeal.of, lambda seal: seal.day.isoformat())


@router.get("/{number}/proof", dependencies=[Depends(needs("audit:read"))])
async def prove(
    number: Annotated[int, Path(ge=1, le=2**62)], tx: Transaction, house: HouseTransaction
) -> Proof:
    """Prove one entry's place under its day's seal, without showing any other entry."""
    chained = await audit.get(tx, number=number)
    return Proof.of(chained, await audit_seals.place_of(house, number=number))
