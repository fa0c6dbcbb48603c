"""Tax rates: dated, never changed; the one in force on a month's last day is frozen with the invoice."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import audit, tax_rates
from domain.audit import Entry
from domain.ids import new_id, show
from domain.places import country_named
from domain.tax import TaxRate, read_percent, show_percent

router = new_router(prefix="/v1/tax-rates", tag="taxes")


class NewTaxRate(BaseModel):
    """A rate from a day on."""

    country: str = Field(max_length=16, examples=["US"])
    region: str = Field("", max_length=20, examples=["NY"], description="Empty for the whole country")
    name: str = Field(min_length=1, max_length=60, examples=["Sales tax"])
    rate: str = Field(max_length=20, examples=["8.875"], description="Percent")
    effective_on: date


class ShownTaxRate(BaseModel):
    """A rate."""

    id: str
    country: str
    region: str
    name: str
    rate: str
    effective_on: date
    created_at: datetime


def shown(rate: TaxRate) -> ShownTaxRate:
    """The rate as the door shows it."""
    same = ("country", "region", "name", "effective_on", "created_at")
    facts = {name: getattr(rate, name) for name in same}
    return ShownTaxRate(**facts, id=show("tax", rate.id), rate=show_percent(rate.rate_ppm))


@router.post("", status_code=201, dependencies=[Once])
async def add(
    body: NewTaxRate,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
) -> ShownTaxRate:
    """Add a rate; a rate of 0 from a day on ends an earlier one."""
    facts = body.model_dump(exclude={"rate", "country", "region", "name"})
    rate = TaxRate(
        id=new_id(),
        country=country_named(body.country),
        region=body.region.strip().upper(),
        name=" ".join(body.name.split()),
        rate_ppm=read_percent(body.rate, field="rate"),
        created_at=datetime.now(UTC),
        **facts,
    ).checked()
    await tax_rates.insert(tx, rate)
    after = shown(rate).model_dump(mode="json")
    await audit.append(
        tx, [Entry("tax_rate.add", "tax_rate", after["id"], after=after)], actor=actor_of(request, principal)
    )
    return shown(rate)


@router.get("", dependencies=[Depends(needs("prices:read"))])
async def list_all(
    tx: Transaction, pages: Pages, country: Annotated[str | None, Query(max_length=16)] = None
) -> Page[ShownTaxRate]:
    """Rates, the newest first."""
    code = None if country is None else country_named(country)
    found = await tax_rates.list_page(tx, after=pages.after_id, limit=pages.fetch, country=code)
    return pages.page(found, shown, lambda rate: rate.id)
