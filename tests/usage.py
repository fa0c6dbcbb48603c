"""Usage for tests: Alice's and Bob's organizations, prices, and records that go in by the real statement."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Database
from db.usage.intake import Intake
from domain.ids import new_id
from domain.price import ListPrice, Price
from domain.rates import Rates, Tier

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_ENTITY = text("""
insert into legal_entities (code, name, country, number_prefix) values ('main', 'Us', 'US', 'BO-') on conflict do nothing
""")
_ORGANIZATION = text("""
insert into organizations
  (id, name, billing_email, currency, time_zone, country, billing_mode, legal_entity, created_at, updated_at)
values (:id, :name, 'a@b.example', :currency, 'UTC', 'US', 'postpaid', 'main', now(), now())
""")
_WALLET = text("insert into wallets (organization_id, currency) values (:id, :currency)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One request as a gateway reports it."""

    id: str
    organization_id: UUID
    occurred_at: datetime = NOON
    provider: str = "openai"
    model: str = "gpt-4o"
    input_tokens: int = 1000
    output_tokens: int = 500
    cached_input_tokens: int = 0
    status: str = "ok"
    duration_ms: int | None = 200
    project_id: UUID | None = None
    api_key_id: str = ""
    bot_id: str = ""
    end_user: str = ""
    environment: str = "production"
    meter: str = ""
    quantity_micros: int = 0

    def line(self) -> str:
        """The record as the staging table reads it."""
        fields = (
            *(
                self.organization_id,
                self.id,
                self.occurred_at.isoformat(),
                self.project_id or "",
                self.api_key_id,
            ),
            *(self.bot_id, self.end_user, self.provider, self.model, self.environment, self.status, ""),
            *(self.input_tokens, self.output_tokens, self.cached_input_tokens),
            *("" if self.duration_ms is None else self.duration_ms, self.meter, self.quantity_micros, ""),
        )
        return "\t".join(str(field) for field in fields)


async def an_organization(database: Database, name: str = "Alice", currency: str = "USD") -> UUID:
    """A postpaid organization with an empty wallet."""
    organization_id = new_id()
    async with database.begin() as tx:
        await tx.execute(_ENTITY)
        await tx.execute(_ORGANIZATION, {"id": organization_id, "name": name, "currency": currency})
        await tx.execute(_WALLET, {"id": organization_id, "currency": currency})
    return organization_id


async def report(url: str, *uses: Use, now: datetime = NOON) -> dict[int, str]:
    """Takes records in; gives the verdicts by position."""
    intake = await Intake.open(url, connections=1)
    months = frozenset((use.occurred_at.year, use.occurred_at.month) for use in uses)
    try:
        return dict(await intake.take_in([use.line() for use in uses], [], months, now=now))
    finally:
        await intake.close()


def a_price(**other: object) -> Price:
    """A price for gpt-4o in US dollars: 2.50 in, 10 out, 1.25 cached, in force since long ago."""
    facts: dict[str, object] = {
        "id": new_id(),
        "organization_id": None,
        "provider": "openai",
        "model": "gpt-4o",
        "meter": "",
        "currency": "USD",
        "rates": Rates(
            input_nanos=2_500_000_000, output_nanos=10_000_000_000, cached_input_nanos=1_250_000_000
        ),
        "unit_nanos": 0,
        "unit": "tokens",
        "effective_at": LONG_AGO,
        "created_at": NOON,
        "created_by": "Alice",
    }
    return Price(**{**facts, **other})  # type: ignore[bad-argument-type]  # each test names the few facts it is about


def a_list_price(*, rates: Rates, tiers: tuple[Tier, ...] = ()) -> ListPrice:
    """What the provider of gpt-4o asks by its list, in force since long ago."""
    return ListPrice(
        id=new_id(),
        provider="openai",
        model="gpt-4o",
        rates=rates,
        effective_at=LONG_AGO,
        source="test",
        created_at=NOON,
        tiers=tiers,
    )
