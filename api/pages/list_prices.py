"""Providers' list prices: searched, laid beside our own, and refreshed after a look at what differs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response

from api import list_prices as doors
from api.list_prices import Refresh, ShownListPrice, shown
from api.pages.acts import done
from api.pages.asking import given
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, needs
from db import list_prices, prices
from db.engine import Tx
from domain.ids import show
from domain.margin import Margin, margins
from domain.price import LIST_CURRENCY, ListPrice, Price

router = new_pages("/list-prices")
Writer = Annotated[Principal, Depends(needs("prices:write"))]
_SHOWN = 200


@router.get("", dependencies=[Depends(needs("costs:read"))])
async def list_all(request: Request, tx: Transaction, pages: Pages) -> Response:
    """List prices in force that pass the search."""
    asked, now = given(request), datetime.now(UTC)
    filters = list_prices.Filters(search=asked.get("search"), at=now)
    found = await list_prices.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    listed = pages.page(found, shown, lambda price: price.id)
    return page(
        request,
        "prices/list_prices.html",
        rows=await _beside_ours(tx, found[: pages.limit], now),
        next_cursor=listed.next_cursor,
        asked=asked,
    )


@router.get("/refresh")
async def preview(request: Request, tx: HouseTransaction, principal: Writer) -> Response:
    """What a refresh would add."""
    found = await doors.sync(Refresh(apply=False), request, tx, principal)
    facts = {"differences": found.differences[:_SHOWN], "count": len(found.differences)}
    return page(request, "prices/refresh.html", **facts)


@router.post("/refresh", dependencies=[OncePerForm])
async def refresh(request: Request, tx: HouseTransaction, principal: Writer) -> Response:
    """Adds what differs from the public list that this version was installed with."""
    found = await doors.sync(Refresh(apply=True), request, tx, principal)
    text = f"{found.added:,} list prices were added. Usage from now on is costed by them."
    return done(request, "/console/list-prices", text)


async def _beside_ours(
    tx: Tx, found: Sequence[ListPrice], now: datetime
) -> list[tuple[ShownListPrice, str, tuple[Margin, ...]]]:
    """Each list price with the id of our price for everybody in dollars (or empty) and our margins."""
    ours = await prices.for_all(tx, models=[one.key for one in found], currency=LIST_CURRENCY, at=now)
    return [_row(one, ours.get(one.key)) for one in found]


def _row(listed: ListPrice, price: Price | None) -> tuple[ShownListPrice, str, tuple[Margin, ...]]:
    if price is None:
        return shown(listed), "", ()
    return shown(listed), show("price", price.id), margins(price, listed)
