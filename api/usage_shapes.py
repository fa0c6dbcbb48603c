"""How usage records look at the doors."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.list_prices import ShownListPrice
from api.list_prices import shown as shown_list_price
from api.prices import ShownPrice
from api.prices import shown as shown_price
from api.rate_shapes import ShownTier, shown_tiers
from db.usage.payloads import Payload
from domain.ids import show
from domain.money import format_amount, format_known
from domain.posting import Posting
from domain.price import ListPrice, Price
from domain.usage import RecordState, Trail, UsageRecord

_MICROS_TO_NANOS = 1_000


class ShownRecord(BaseModel):
    """One request and what it cost."""

    id: str
    organization_id: str
    project_id: str | None
    occurred_at: datetime
    received_at: datetime
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    meter: str | None
    quantity: str | None = Field(description="Of a meter, in its unit")
    duration_ms: int | None
    status: str
    error: str | None
    bot_id: str | None
    user: str | None
    api_key_id: str | None
    environment: str
    state: RecordState
    currency: str
    price: str | None = Field(description="What the client pays for it; null while it waits for a price")
    provider_cost: str | None = Field(description="What the provider charges us, US dollars; staff only")
    posting_id: str | None = Field(description="The ledger entry that debited it")
    billed_in: date | None = Field(description="The month whose invoice carries it, when it came late")


class ShownPosting(BaseModel):
    """A row of the ledger."""

    id: str
    debit: str
    credit: str
    amount: str
    currency: str
    posted_at: datetime


class ShownInvoice(BaseModel):
    """The invoice that carries the record."""

    id: str
    number: str
    state: str


class ShownDetail(ShownRecord):
    """A record with what it led to; its text only for those who may read it."""

    price_version: ShownPrice | None = Field(description="Staff only")
    price_tier: ShownTier | None = Field(description="The version's tier for so long an input; staff only")
    list_price: ShownListPrice | None = Field(description="Staff only")
    list_price_tier: ShownTier | None = Field(description="The list's tier for so long an input; staff only")
    postings: list[ShownPosting] = Field(
        description="Of the whole ledger entry, which may cover more records"
    )
    invoice: ShownInvoice | None
    request: Any = None
    response: Any = None


CSV_COLUMNS = [name for name in ShownRecord.model_fields if name != "provider_cost"]


def shown(record: UsageRecord, *, costs: bool) -> ShownRecord:
    """The record as the door shows it; `costs` adds the provider's."""
    return ShownRecord(**_facts(record, costs=costs))


def shown_detail(
    record: UsageRecord,
    trail: Trail,
    *,
    price: Price | None,
    listed: ListPrice | None,
    payload: Payload | None,
    costs: bool,
) -> ShownDetail:
    """The record with its trail; without `costs` the provider's side of the entry is left out."""
    postings = [posting for posting in trail.postings if costs or posting.debit != "cost:provider"]
    invoice = trail.invoice
    return ShownDetail(
        **_facts(record, costs=costs),
        price_version=None if price is None else shown_price(price),
        price_tier=_tier(price, record.price_id),
        list_price=None if listed is None else shown_list_price(listed),
        list_price_tier=_tier(listed, record.list_price_id),
        postings=[_posting(posting) for posting in postings],
        invoice=None
        if invoice is None
        else ShownInvoice(id=show("in", invoice.id), number=invoice.number, state=invoice.state),
        request=None if payload is None else payload.request,
        response=None if payload is None else payload.response,
    )


def _tier(version: Price | ListPrice | None, applied: UUID | None) -> ShownTier | None:
    """The tier of a version that was applied; None when its base rates were."""
    tiers = () if version is None else version.tiers
    return next(iter(shown_tiers([tier for tier in tiers if tier.id == applied])), None)


def csv_row(record: UsageRecord, *, costs: bool) -> list[object]:
    """The record as a line of the export; what is missing is empty."""
    facts = _facts(record, costs=costs)
    row = [facts[name] for name in CSV_COLUMNS]
    return [*row, facts["provider_cost"]] if costs else row


def _facts(record: UsageRecord, *, costs: bool) -> dict[str, Any]:
    """The fields at the door."""
    facts: dict[str, Any] = {name: getattr(record, name, None) for name in ShownRecord.model_fields}
    return facts | {
        "organization_id": show("org", record.organization_id),
        "project_id": None if record.project_id is None else show("prj", record.project_id),
        "meter": record.meter or None,
        "quantity": format_amount(record.quantity_micros * _MICROS_TO_NANOS) if record.meter else None,
        "user": record.end_user,
        "price": format_known(record.amount_nanos),
        "provider_cost": format_known(record.cost_nanos) if costs else None,
        "posting_id": None if record.posting_id is None else show("pst", record.posting_id),
        "occurred_at": record.occurred_at,
    }


def _posting(posting: Posting) -> ShownPosting:
    """A row of the ledger as the door shows it."""
    return ShownPosting(
        id=show("pst", posting.id),
        debit=posting.debit,
        credit=posting.credit,
        amount=format_amount(posting.amount_nanos),
        currency=posting.currency,
        posted_at=posting.posted_at,
    )
