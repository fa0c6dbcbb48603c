"""The price book: versions for tokens and meters, for all or for one organization. Clients never see it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from activities.prices import Published, publish
from api.instants import Moment
from api.paging import Page, Pages
from api.rate_shapes import (
    Amount,
    NewTiers,
    ShownTier,
    rates_given,
    shown_rates,
    shown_tiers,
    tiers_given,
)
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import organizations, prices
from domain.errors import Invalid
from domain.ids import new_id, read, show
from domain.money import format_amount, parse_amount
from domain.price import TOKENS, Price

router = new_router(prefix="/v1/prices", tag="prices")


class NewPrice(BaseModel):
    """A version to be added: of a model's tokens, or with `meter` of its units."""

    provider: str = Field(max_length=200, examples=["openai"])
    model: str = Field("", max_length=400, examples=["gpt-4o"])
    currency: str = Field(max_length=16, examples=["USD"])
    input_per_million: Amount | None = None
    output_per_million: Amount | None = None
    cached_input_per_million: Amount | None = Field(None, description="As input when left out")
    effective_at: Moment = Field(description="Any instant, also a past one")
    meter: str = Field("", max_length=200, examples=["voice_minutes"])
    unit: str = Field("", max_length=80, examples=["minutes"], description="What a meter counts")
    unit_price: Amount | None = Field(None, description="Price of one unit of the meter")
    organization_id: str | None = Field(None, max_length=64, description="Only for this organization")
    tiers: NewTiers = Field(default_factory=list, description="Other rates for requests with a long input")


class ShownPrice(BaseModel):
    """A version of a price; it holds until the next version of the same thing begins."""

    id: str
    organization_id: str | None
    provider: str
    model: str
    meter: str
    currency: str
    input_per_million: str
    output_per_million: str
    cached_input_per_million: str | None
    unit: str
    unit_price: str
    effective_at: datetime
    created_at: datetime
    created_by: str
    tiers: list[ShownTier] = Field(description="By their bound; below the first the rates above hold")


class PublishedPrice(ShownPrice):
    """A version as it stands after it was added, and what follows from it."""

    created: bool = Field(description="False when the book said the same already")
    backdated: bool = Field(description="It begins before now: usage priced before keeps its price")
    replaces: str | None = Field(description="The version before it")
    effective_until: datetime | None = Field(description="Where the next version begins")
    releasable: int = Field(description="Quarantined records it covers: POST /v1/quarantine/release")
    warnings: list[str]


@router.post("", status_code=201, dependencies=[Once])
async def create(
    body: NewPrice,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
) -> PublishedPrice:
    """Add a version; the same again changes nothing, another at the same instant is a conflict."""
    draft = _draft(body, datetime.now(UTC), principal.name)
    if draft.organization_id is not None:
        (await organizations.get(tx, organization_id=draft.organization_id)).require_there()
    return published(await publish(tx, draft, actor=actor_of(request, principal)))


@router.get("", dependencies=[Depends(needs("prices:read"))])
async def list_all(
    tx: Transaction,
    pages: Pages,
    provider: Annotated[str | None, Query(max_length=100)] = None,
    model: Annotated[str | None, Query(max_length=200)] = None,
    meter: Annotated[str | None, Query(max_length=100)] = None,
    currency: Annotated[str | None, Query(max_length=3)] = None,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
    at: Annotated[Moment | None, Query(description="Only the versions in force at this instant")] = None,
) -> Page[ShownPrice]:
    """Versions, the newest entry first."""
    organization = None if organization_id is None else read("org", organization_id)
    exact = {"provider": provider, "model": model, "meter": meter, "currency": currency}
    filters = prices.Filters(organization_id=organization, at=at, **exact)
    found = await prices.list_page(tx, filters=filters, after=pages.after_id, limit=pages.fetch)
    return pages.page(found, shown, lambda price: price.id)


@router.get("/{price_id}", dependencies=[Depends(needs("prices:read"))])
async def get(price_id: str, tx: Transaction) -> ShownPrice:
    """One version; a tier's id leads to the version it belongs to."""
    return shown(await prices.get(tx, price_id=read("price", price_id)))


def shown(price: Price) -> ShownPrice:
    """The version as the door shows it."""
    organization = price.organization_id
    return ShownPrice(
        id=show("price", price.id),
        organization_id=None if organization is None else show("org", organization),
        provider=price.provider,
        model=price.model,
        meter=price.meter,
        currency=price.currency,
        **shown_rates(price.rates).model_dump(),
        unit=price.unit,
        unit_price=format_amount(price.unit_nanos),
        effective_at=price.effective_at,
        created_at=price.created_at,
        created_by=price.created_by,
        tiers=shown_tiers(price.tiers),
    )


def published(answer: Published) -> PublishedPrice:
    """The answer to a version that was added."""
    price = answer.price
    return PublishedPrice(
        **shown(price).model_dump(),
        created=answer.is_new,
        backdated=price.effective_at < price.created_at,
        replaces=None if answer.replaces is None else show("price", answer.replaces.id),
        effective_until=answer.until,
        releasable=answer.releasable,
        warnings=_warnings(answer),
    )


def _warnings(answer: Published) -> list[str]:
    """What whoever publishes may not have meant."""
    found = [f"{name} is below the provider's list price" for name in answer.below_list]
    if answer.ends_tiers:
        found.append("the version before had tiers for long requests, and this one has none")
    return found


def _draft(body: NewPrice, now: datetime, name: str) -> Price:
    """The version that a body describes; what may be written in it is checked by the domain.

    Raises:
        Invalid: an amount is missing, malformed, or belongs to the other kind of price.
    """
    kinds = (body.input_per_million, body.output_per_million) if not body.meter else (body.unit_price, "")
    if None in kinds:
        raise Invalid("price: tokens need input_per_million and output_per_million, a meter needs unit_price")
    if body.meter and (body.input_per_million or body.output_per_million or body.cached_input_per_million):
        raise Invalid("meter: a meter has a unit_price; leave the prices per million tokens out")
    if not body.meter and (body.unit_price or body.unit not in ("", TOKENS)):
        raise Invalid("unit_price: it belongs to a meter; name the meter, or leave it out")
    return Price(
        id=new_id(),
        organization_id=None if body.organization_id is None else read("org", body.organization_id),
        provider=body.provider,
        model=body.model,
        meter=body.meter,
        currency=body.currency,
        rates=rates_given(body.input_per_million, body.output_per_million, body.cached_input_per_million),
        tiers=tiers_given(body.tiers),
        unit_nanos=parse_amount(body.unit_price or "0", field="unit_price"),
        unit=body.unit or ("units" if body.meter else TOKENS),
        effective_at=body.effective_at,
        created_at=now,
        created_by=name,
    )
