"""Tax rates by country and region: seen, and a new one from a day on."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import tax_rates as doors
from api.pages.acts import done
from api.pages.asking import given
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, needs
from api.tax_rates import NewTaxRate

router = new_pages("/tax-rates")


class RateForm(BaseModel):
    """A rate from a day on."""

    country: str = Field("", max_length=16)
    region: str = Field("", max_length=20)
    name: str = Field("", max_length=60)
    rate: str = Field("", max_length=20)
    effective_on: date


@router.get("", dependencies=[Depends(needs("prices:read"))])
async def list_all(request: Request, tx: Transaction, pages: Pages) -> Response:
    """Rates, the newest first."""
    asked = given(request)
    found = await doors.list_all(tx, pages, asked.get("country"))
    return page(request, "tax_rates/list.html", found=found, asked=asked)


@router.post("", dependencies=[OncePerForm])
async def add(
    form: Annotated[RateForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
) -> Response:
    """Adds a rate."""
    rate = await doors.add(NewTaxRate(**form.model_dump()), request, tx, principal)
    where = f"{rate.country} {rate.region}".strip()
    text = f"{rate.name} {rate.rate} % holds in {where} for months that end on or after {rate.effective_on}."
    return done(request, "/console/tax-rates", text)
