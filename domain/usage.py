"""Usage as it is stored: one record per request, what it cost, and which records a reader wants to see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Conflict
from domain.posting import Posting

RecordState = Literal["priced", "quarantined", "not_billed"]
ERROR = "error"
OK = "ok"


class AmbiguousRecord(Conflict):
    """Several organizations have a record with that id; name the organization too."""

    code: ClassVar[str] = "ambiguous_record"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """One request. Amounts are nanos: `amount_nanos` of `currency`, `cost_nanos` (the provider's) of US dollars.

    `posting_id` names the ledger entry that debited it; `billed_in` the month whose invoice carries it when its
    own month was invoiced before it came. Token counts of a meter's record are 0, `quantity_micros` is in
    millionths of the meter's unit.
    """

    organization_id: UUID
    id: str
    occurred_at: datetime
    received_at: datetime
    project_id: UUID | None
    api_key_id: str | None
    bot_id: str | None
    end_user: str | None
    provider: str
    model: str
    environment: str
    state: RecordState
    status: str
    error: str | None
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    duration_ms: int | None
    meter: str
    quantity_micros: int
    currency: str
    price_id: UUID | None
    list_price_id: UUID | None
    amount_nanos: int | None
    cost_nanos: int | None
    posting_id: UUID | None
    billed_in: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFilters:
    """Which records to see; what is None does not limit. `since` is included, `until` is not.

    `status` is `ok`, `error` (everything that is not ok), or what the sender wrote.
    """

    organization_id: UUID | None = None
    project_id: UUID | None = None
    provider: str | None = None
    model: str | None = None
    meter: str | None = None
    api_key_id: str | None = None
    bot_id: str | None = None
    end_user: str | None = None
    status: str | None = None
    state: RecordState | None = None
    environment: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsagePlace:
    """A record's place in the explorer's order: by time, then id, then organization, newest first."""

    occurred_at: datetime
    id: str
    organization_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOfRecord:
    """The invoice that carries a record."""

    id: UUID
    number: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What a record led to: the postings of its ledger entry, and its invoice when there is one."""

    postings: tuple[Posting, ...]
    invoice: InvoiceOfRecord | None
