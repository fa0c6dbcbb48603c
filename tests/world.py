"""A small world for tests: an organization with a wallet, a price, a record's staging line."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Database
from domain.ids import new_id

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
_ENTITY = """insert into legal_entities (code, name, country, number_prefix)
  values ('main', 'Backoffice', 'US', 'BO-') on conflict do nothing"""
_ORGANIZATION = """insert into organizations values
  (:id, :name, 'alice@example.com', :currency, :zone, 'US', :mode, 'active', 'main', now(), now())"""
_WALLET = "insert into wallets (organization_id, currency) values (:id, :currency)"
_PROFILE = "insert into billing_profiles (organization_id, updated_at) values (:id, now())"
_PRICE = """insert into prices
  (id, organization_id, provider, model, meter, currency, input_per_million_nanos, output_per_million_nanos,
   cached_input_per_million_nanos, unit_nanos, effective_at, created_at, created_by)
  values (:id, :organization_id, 'openai', :model, :meter, 'USD', :input, :output, :cached, :unit,
   :effective_at, now(), 'test')"""


async def an_organization(
    database: Database,
    *,
    name: str = "Alice",
    currency: str = "USD",
    zone: str = "UTC",
    mode: str = "postpaid",
) -> UUID:
    """An organization with an empty wallet and billing profile."""
    organization_id = new_id()
    facts = {"id": organization_id, "name": name, "currency": currency, "zone": zone, "mode": mode}
    async with database.begin() as tx:
        for statement in (_ENTITY, _ORGANIZATION, _WALLET, _PROFILE):
            await tx.execute(text(statement), facts)
    return organization_id


async def a_price(
    database: Database,
    *,
    model: str = "gpt-5",
    meter: str = "",
    input_rate: int = 2_000_000_000,
    output_rate: int = 8_000_000_000,
    cached_rate: int | None = 500_000_000,
    unit: int = 0,
    effective_at: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    organization_id: UUID | None = None,
) -> UUID:
    """A price version of provider openai, by default 2, 8 and 0.5 dollars per million."""
    price_id = new_id()
    facts = {
        "id": price_id,
        "organization_id": organization_id,
        "model": model,
        "meter": meter,
        "input": input_rate,
        "output": output_rate,
        "cached": cached_rate,
        "unit": unit,
        "effective_at": effective_at,
    }
    async with database.begin() as tx:
        await tx.execute(text(_PRICE), facts)
    return price_id


@dataclass(frozen=True)
class Line:
    """A record as it is staged; every field has a plain default."""

    organization_id: UUID
    id: str = "r1"
    occurred_at: datetime = NOON
    project_id: UUID | None = None
    provider: str = "openai"
    model: str = "gpt-5"
    environment: str = "production"
    status: str = "ok"
    input_tokens: int = 1000
    output_tokens: int = 100
    cached_input_tokens: int = 0
    meter: str = ""
    quantity_micros: int = 0
    user: str = "user-1"

    def __str__(self) -> str:
        project = self.project_id.hex if self.project_id else ""
        return (
            f"{self.organization_id.hex}\t{self.id}\t{self.occurred_at}\t{project}\tkey-1\tbot-1\t{self.user}\t{self.provider}"
            f"\t{self.model}\t{self.environment}\t{self.status}\t\t{self.input_tokens}\t{self.output_tokens}"
            f"\t{self.cached_input_tokens}\t120\t{self.meter}\t{self.quantity_micros}\t"
        )
