"""Adding a price version: the form, what it would mean while one types, and the act."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api import prices as doors
from api.pages.acts import done
from api.pages.asking import Chosen, given, instant, organization_named, organizations_offered, zone_of
from api.pages.formats import counted
from api.pages.render import block, page
from api.pages.routing import OncePerForm, new_pages
from api.prices import NewPrice, PublishedPrice
from api.rate_shapes import LONGEST_AMOUNT, NewTier
from api.security import HouseTransaction, Principal, Transaction, needs
from db import list_prices, quarantine
from db.engine import Tx
from domain.errors import Invalid
from domain.margin import Margin, margins_of
from domain.money import parse_amount
from domain.price import LIST_CURRENCY, ListPrice
from domain.rates import MOST_TIERS, Rates

router = new_pages("/prices")
Writer = Annotated[Principal, Depends(needs("prices:write"))]
_FIELD = "%Y-%m-%dT%H:%M"


class PriceForm(BaseModel):
    """A version as it is written; an empty organization means everybody, an empty time now."""

    provider: str = Field("", max_length=200)
    model: str = Field("", max_length=400)
    meter: str = Field("", max_length=200)
    unit: str = Field("", max_length=80)
    currency: str = Field("USD", max_length=16)
    input_per_million: str = Field("", max_length=24)
    output_per_million: str = Field("", max_length=24)
    cached_input_per_million: str = Field("", max_length=24)
    unit_price: str = Field("", max_length=24)
    organization_id: str = Field("", max_length=200)
    effective_at: str = Field("", max_length=40)
    tier_above: list[str] = Field(default_factory=list, max_length=MOST_TIERS)
    tier_input: list[str] = Field(default_factory=list, max_length=MOST_TIERS)
    tier_cached: list[str] = Field(default_factory=list, max_length=MOST_TIERS)
    tier_output: list[str] = Field(default_factory=list, max_length=MOST_TIERS)

    def tiers(self) -> list[NewTier]:
        """The tiers that something is written for.

        Raises:
            Invalid: a bound is not a whole number, or an amount is missing.
        """
        columns = (self.tier_above, self.tier_input, self.tier_cached, self.tier_output)
        rows = [tuple(text.strip() for text in row) for row in zip(*columns, strict=False)]
        return [_tier(*row) for row in rows if any(row)]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a version would mean: beside the list, in time, and for what waits in quarantine."""

    listed: ListPrice | None
    margins: tuple[Margin, ...]
    is_backdated: bool
    waiting: int


def _tier(above: str, input_: str, cached: str, output: str) -> NewTier:
    """A tier as the door takes it."""
    bound = above.replace(",", "").replace(" ", "")
    if not (bound.isascii() and bound.isdigit()) or len(bound) > 15:
        raise Invalid("tiers.above_input_tokens: write a whole number of tokens, such as 200000")
    if not (input_ and output):
        raise Invalid(f"tiers: write input and output per million above {int(bound):,} tokens")
    if max(len(input_), len(cached), len(output)) > LONGEST_AMOUNT:
        raise Invalid(f"tiers: an amount has at most {LONGEST_AMOUNT} characters")
    return NewTier(
        above_input_tokens=int(bound),
        input_per_million=input_,
        output_per_million=output,
        cached_input_per_million=cached or None,
    )


@router.get("/new")
async def show_form(request: Request, tx: Transaction, _: Writer) -> Response:
    """The form, prefilled from the address."""
    asked = given(request)
    if asked.get("effective_at"):
        at = instant(asked["effective_at"], zone_of(request), "effective_at")
        asked["effective_at"] = at.astimezone(zone_of(request)).strftime(_FIELD)
    offered = await organizations_offered(tx)
    return page(request, "prices/new.html", asked=asked, offered=offered, zone=zone_of(request).key)


@router.get("/check")
async def check(
    form: Annotated[PriceForm, Query()], request: Request, tx: Transaction, _: Writer
) -> Response:
    """What the version would mean, as far as it is written."""
    outlook = await _outlook(tx, form, request)
    return block(request, "prices/new.html", "outlook", outlook=outlook, form=form)


@router.post("", dependencies=[OncePerForm])
async def create(
    form: Annotated[PriceForm, Form()], request: Request, tx: HouseTransaction, principal: Writer
) -> Response:
    """Adds the version and leads to it."""
    chosen = await organization_named(tx, form.organization_id) if form.organization_id else None
    answer = await doors.create(_body(form, chosen, request), request, tx, principal)
    tone = "warning" if answer.warnings or answer.backdated else "success"
    return done(request, f"/console/prices/{answer.id}", _told(answer), tone=tone)


def _body(form: PriceForm, chosen: Chosen | None, request: Request) -> NewPrice:
    """The form as the door takes it."""
    zone, now = zone_of(request), datetime.now(UTC)
    amounts = ("input_per_million", "output_per_million", "cached_input_per_million", "unit_price")
    return NewPrice(
        **{name: getattr(form, name).strip() or None for name in amounts},
        tiers=form.tiers(),
        provider=form.provider,
        model=form.model,
        meter=form.meter.strip(),
        unit=form.unit.strip(),
        currency=form.currency,
        organization_id=chosen.shown_id if chosen else None,
        effective_at=instant(form.effective_at, zone, "effective_at") if form.effective_at else now,
    )


def _told(answer: PublishedPrice) -> str:
    """What happened, in sentences."""
    told = ["The version is in the book." if answer.created else "The book said the same already."]
    if answer.backdated:
        told.append("It begins in the past: usage that was priced before keeps its price.")
    told += [f"Careful: {warning}." for warning in answer.warnings]
    if answer.releasable:
        told.append(f"In quarantine {counted(answer.releasable, 'record')} can be released now.")
    return " ".join(told)


async def _outlook(tx: Tx, form: PriceForm, request: Request) -> Outlook:
    """What can be told about a form that is not finished."""
    now = datetime.now(UTC)
    at = instant(form.effective_at, zone_of(request), "effective_at") if form.effective_at else now
    key = (form.provider.strip(), form.model.strip())
    listed = (await list_prices.in_force(tx, models=[key], at=max(at, now))).get(key)
    ours = _rates(form)
    in_dollars = form.currency.strip().upper() == LIST_CURRENCY
    compared = margins_of(ours, listed.rates) if ours and listed and in_dollars else ()
    waiting = await quarantine.count_waiting(
        tx, provider=key[0], model=key[1], meter=form.meter.strip(), since=at
    )
    return Outlook(listed, compared, at < now.replace(second=0) and bool(form.effective_at), waiting)


def _rates(form: PriceForm) -> Rates | None:
    """The rates, once they are amounts."""
    try:
        cached = form.cached_input_per_million.strip()
        return Rates(
            input_nanos=parse_amount(form.input_per_million.strip()),
            output_nanos=parse_amount(form.output_per_million.strip()),
            cached_input_nanos=parse_amount(cached) if cached else None,
        )
    except Invalid:
        return None
