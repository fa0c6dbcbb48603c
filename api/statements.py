"""The statement of a wallet: every movement with the running balance, in pages and as CSV."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.paging import Page, Pages
from api.routing import new_router
from api.security import OrganizationInPath, Principal, Transaction, needs, opened_for
from db import statements, wallets
from db.statements import Place
from domain.errors import Invalid
from domain.ids import show
from domain.money import format_amount
from domain.portable import csv_cells
from domain.wallet import Movement

router = new_router(prefix="/v1/organizations/{organization_id}", tag="wallet")
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class ShownMovement(BaseModel):
    """One line of the statement; `amount` is signed.

    `entry_id` is what a usage record names as its `posting_id`: all postings of one event share it.
    """

    posting_id: str
    entry_id: str
    posted_at: datetime
    cause: str
    subject_id: str
    kind: str
    amount: str
    balance: str


def shown_movement(movement: Movement) -> ShownMovement:
    """The movement as the door shows it."""
    return ShownMovement(
        posting_id=show("pst", movement.posting_id),
        entry_id=show("pst", movement.entry_id),
        posted_at=movement.posted_at,
        cause=movement.cause,
        subject_id=movement.subject_id,
        kind=movement.kind,
        amount=format_amount(movement.amount_nanos),
        balance=format_amount(movement.balance_nanos),
    )


@router.get("/statement", dependencies=[Depends(needs("wallet:read"))])
async def statement(
    organization_id: OrganizationInPath, tx: Transaction, pages: Pages
) -> Page[ShownMovement]:
    """Every movement of the wallet with the balance after it, newest first."""
    wallet = await wallets.get(tx, organization_id=organization_id)
    after = _place(pages.cursor) or Place(_LATEST, UUID(int=2**128 - 1), wallet.balance_nanos)
    found = await statements.list_movements(
        tx, organization_id=organization_id, after=after, limit=pages.fetch
    )
    return pages.page(found, shown_movement, _key)


def _key(movement: Movement) -> str:
    before = movement.balance_nanos - movement.amount_nanos
    return f"{movement.posted_at.isoformat()}|{movement.posting_id.hex}|{before}"


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        posted_at, posting_id, balance = cursor.split("|")
        return Place(datetime.fromisoformat(posted_at), UUID(hex=posting_id), int(balance))
    except ValueError:
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None


@router.get("/statement.csv")
async def statement_csv(
    organization_id: OrganizationInPath,
    request: Request,
    principal: Annotated[Principal, Depends(needs("wallet:read"))],
) -> StreamingResponse:
    """The whole statement, oldest first."""
    name = f"statement-{show('org', organization_id)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = _csv(request, principal, organization_id)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(request: Request, principal: Principal, organization_id: UUID) -> AsyncIterator[str]:
    yield "posting_id,entry_id,posted_at,cause,subject_id,kind,amount,balance\r\n"
    async with opened_for(request, principal) as tx:
        async for movement in statements.stream_movements(tx, organization_id=organization_id):
            buffer = io.StringIO()
            facts = shown_movement(movement).model_dump(mode="json")
            csv.writer(buffer).writerow(csv_cells(list(facts.values())))
            yield buffer.getvalue()
