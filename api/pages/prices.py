"""The price book: what holds now, what comes, and how one price developed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Depends, Request, Response

from api.pages.asking import given, names_of, organization_asked, organizations_offered
from api.pages.render import is_partial, page
from api.pages.routing import new_pages
from api.paging import Pages
from api.prices import ShownPrice, shown
from api.security import Transaction, needs
from db import list_prices, model_aliases, organizations, prices, quarantine
from db.engine import Tx
from domain.errors import Invalid
from domain.ids import read
from domain.margin import Margin, margins
from domain.price import Price

router = new_pages("/prices")
Reader = Depends(needs("prices:read"))
SHOWN = {"current": "In force now", "future": "To come", "all": "Every version"}
_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A version beside what the provider asks."""

    price: ShownPrice
    margins: tuple[Margin, ...]


@router.get("", dependencies=[Reader])
async def list_all(request: Request, tx: Transaction, pages: Pages) -> Response:
    """Versions that pass the filters."""
    asked, now = given(request), datetime.now(UTC)
    chosen = await organization_asked(tx, asked)
    filters = _filters(asked, None if chosen is None else chosen.id, now)
    found = await prices.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    listed = pages.page(found, shown, lambda price: price.id)
    return page(
        request,
        "prices/list.html",
        rows=await rows_of(tx, found[: pages.limit], now),
        next_cursor=listed.next_cursor,
        asked=asked | ({"organization_id": chosen.name} if chosen else {}),
        called=await names_of(tx, {one.organization_id for one in listed.items if one.organization_id}),
        offered=[] if is_partial(request) else await organizations_offered(tx),
        kinds=SHOWN,
        now=now,
    )


# `new_price` answers its own addresses below this prefix; its router goes first.
@router.get("/{price_id}", dependencies=[Reader])
async def get(price_id: str, request: Request, tx: Transaction) -> Response:
    """One version, the others of the same thing, the provider's list price, and what still waits for it."""
    now, price = datetime.now(UTC), await prices.get(tx, price_id=read("price", price_id))
    versions = await prices.versions(tx, price, limit=_VERSIONS)
    in_force = next((one for one in versions if one.effective_at <= now), None)
    organization = price.organization_id and await organizations.get(
        tx, organization_id=price.organization_id
    )
    return page(
        request,
        "prices/one.html",
        price=shown(price),
        state=state_of(price, in_force, now),
        row=(await rows_of(tx, [price], now))[0],
        versions=[(shown(one), state_of(one, in_force, now)) for one in versions],
        organization=organization,
        aliases=await model_aliases.list_all(tx, provider=price.provider, model=price.model or None),
        releasable=await quarantine.covered_by(tx, price),
    )


def state_of(price: Price, in_force: Price | None, now: datetime) -> str:
    """Whether a version holds now, held before, or is to come."""
    if price == in_force:
        return "active"
    return "pending" if price.effective_at > now else "superseded"


async def rows_of(tx: Tx, found: Sequence[Price], now: datetime) -> list[Row]:
    """Versions beside the list prices in force now."""
    models = {(price.provider, price.model) for price in found if price.model}
    listed = await list_prices.in_force(tx, models=models, at=now)
    return [Row(shown(price), margins(price, listed.get((price.provider, price.model)))) for price in found]


def _filters(asked: dict[str, str], organization_id: UUID | None, now: datetime) -> prices.Filters:
    """What the address asks for.

    Raises:
        Invalid: there is no such selection.
    """
    kind = asked.get("show", "current")
    if kind not in SHOWN:
        raise Invalid(f"show: choose one of {', '.join(SHOWN)}")
    return prices.Filters(
        organization_id=organization_id,
        search=asked.get("search"),
        currency=asked.get("currency"),
        at=now if kind == "current" else None,
        begins_after=now if kind == "future" else None,
    )
