"""Providers' list prices: what usage costs us."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from activities.list_prices import Difference, apply_differences, differences
from api.instants import Moment
from api.paging import Page, Pages
from api.rate_shapes import ShownRates, ShownTier, shown_rates, shown_tiers
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import list_prices
from domain.ids import show
from domain.price import ListPrice

router = new_router(prefix="/v1/list-prices", tag="prices")


class ShownListPrice(ShownRates):
    """What a provider charges for a model from `effective_at` on."""

    id: str
    provider: str
    model: str
    currency: str = "USD"
    effective_at: datetime
    source: str
    tiers: list[ShownTier] = Field(description="What it charges for requests with a long input")


class ShownDifference(ShownListPrice):
    """What a refresh adds, and the rates in force without it."""

    known: ShownRates | None


class Refresh(BaseModel):
    """Whether to add what differs, or only to show it."""

    apply: bool = False


class Refreshed(BaseModel):
    """What differs from the newest list, and how many of them were added."""

    added: int
    differences: list[ShownDifference] = Field(max_length=20_000)


@router.get("", dependencies=[Depends(needs("costs:read"))])
async def list_all(
    tx: Transaction,
    pages: Pages,
    provider: Annotated[str | None, Query(max_length=100)] = None,
    model: Annotated[str | None, Query(max_length=200)] = None,
    at: Annotated[Moment | None, Query(description="Only those in force at this instant")] = None,
) -> Page[ShownListPrice]:
    """List prices in US dollars, the newest entry first."""
    filters = list_prices.Filters(provider=provider, model=model, at=at)
    found = await list_prices.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    return pages.page(found, shown, lambda price: price.id)


@router.post("/sync", dependencies=[Once])
async def sync(
    body: Refresh,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
) -> Refreshed:
    """Compare with the public list that this version was installed with; with `apply` add what differs."""
    found = await differences(tx, now=datetime.now(UTC))
    added = await apply_differences(tx, found, actor=actor_of(request, principal)) if body.apply else 0
    return Refreshed(added=added, differences=[_shown_difference(difference) for difference in found])


def shown(price: ListPrice) -> ShownListPrice:
    """The list price as the door shows it."""
    return ShownListPrice(
        id=show("price", price.id),
        provider=price.provider,
        model=price.model,
        effective_at=price.effective_at,
        source=price.source,
        **shown_rates(price.rates).model_dump(),
        tiers=shown_tiers(price.tiers),
    )


def _shown_difference(difference: Difference) -> ShownDifference:
    known = None if difference.known is None else shown_rates(difference.known)
    return ShownDifference(**shown(difference.found).model_dump(), known=known)
