"""A month for the pages: four clients with usage, prices, an unpriced model, and a month-end that held one of them.

Cobalt pays by invoice and owes; Delta has another currency; Ember pays ahead; Fjord's invoice rose so much that
it is held. The usage of this month is for the dashboards.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from activities.prices import publish
from activities.rollups import RollupPump
from db import billing_runs, list_prices, organizations, projects, wallets
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.anomaly import AnomalyRule
from domain.audit import SYSTEM
from domain.billing_run import BillingRun
from domain.ids import new_id
from domain.money import NANOS
from domain.price import ListPrice, Price, Rates
from domain.project import Project
from domain.wallet import CreditLot
from tests.api.conftest import organization
from tests.monthend import OCTOBER, close_month
from tests.usage import LONG_AGO, Use, a_price, report

SEPTEMBER = date(2026, 9, 1)
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "llama-3.3-70b-instruct")
_PROVIDERS = {"claude-sonnet-4": "anthropic", "llama-3.3-70b-instruct": "local"}


@dataclass(frozen=True)
class Month:
    """Who is in it, and the runs that invoiced it."""

    cobalt: UUID
    delta: UUID
    ember: UUID
    fjord: UUID
    project: UUID
    preview: BillingRun
    run: BillingRun


async def build_month(database: Database) -> Month:
    """Fills the database; everything is made by the functions that the product itself uses."""
    chance = random.Random(7)
    ids = await _clients(database)
    project = await _project(database, ids["Cobalt Labs"])
    await _book(database)
    await report(database.url, *_month_of(chance, ids, SEPTEMBER, 1), now=datetime(2026, 9, 30, tzinfo=UTC))
    await _closed(database, SEPTEMBER, ids)
    uses = [*_month_of(chance, ids, OCTOBER, 2), *_unpriced(ids), *_late(ids), *_tests(ids)]
    uses += [*_risen(ids), *_priced_to_the_nano(ids, project), *_today(chance, ids, project)]
    await report(database.url, *uses, now=datetime.now(UTC))
    preview = await _closed(database, OCTOBER, ids, preview=True)
    run = await _closed(database, OCTOBER, ids)
    await RollupPump(database).run_once()
    return Month(
        cobalt=ids["Cobalt Labs"],
        delta=ids["Delta Freight"],
        ember=ids["Ember Studio"],
        fjord=ids["Fjord Analytics"],
        project=project,
        preview=preview,
        run=run,
    )


async def _clients(database: Database) -> dict[str, UUID]:
    made = {}
    async with database.begin() as tx:
        for name in ("Cobalt Labs", "Delta Freight", "Ember Studio", "Fjord Analytics"):
            fresh = organization(new_id(), name)
            if name == "Delta Freight":
                fresh = replace(fresh, currency="EUR", country="DE", time_zone="Europe/Berlin")
            await organizations.insert_one(tx, fresh)
            made[name] = fresh.id
        lot = CreditLot(
            id=new_id(),
            organization_id=made["Ember Studio"],
            kind="granted",
            reason="Welcome",
            priority=50,
            amount_nanos=40 * NANOS,
            remaining_nanos=40 * NANOS,
            expires_at=None,
            key="welcome-ember",
            created_at=LONG_AGO,
        )
        await wallets.credit(tx, lot, source="promotion", cause="gift")
    return made


async def _project(database: Database, organization_id: UUID) -> UUID:
    fresh = Project(
        id=new_id(), organization_id=organization_id, name="Support assistant", created_at=LONG_AGO
    )
    async with database.begin() as tx:
        await projects.insert_one(tx, fresh)
    return fresh.id


async def _book(database: Database) -> None:
    listed = [
        _listed("openai", "gpt-4o", 2_500, 10_000, 1_250),
        _listed("openai", "gpt-4o-mini", 150, 600, 75),
    ]
    listed += [_listed("anthropic", "claude-sonnet-4", 3_000, 15_000, 300)]
    listed += [_listed("anthropic", "claude-opus-4", 15_000, 75_000, 1_500)]
    async with database.begin() as tx:
        await list_prices.insert_missing(tx, listed)
        for currency in ("USD", "EUR"):
            await publish(tx, _version("gpt-4o", currency, 3_000, 12_000, 1_500), actor=SYSTEM)
            await publish(tx, _version("gpt-4o-mini", currency, 200, 800, 100), actor=SYSTEM)
            await publish(tx, _version("claude-sonnet-4", currency, 3_600, 18_000, 360), actor=SYSTEM)
            await publish(tx, _version("llama-3.3-70b-instruct", currency, 400, 400, None), actor=SYSTEM)
        minutes = a_price(
            provider="voice", model="", meter="voice_minutes", unit="minutes", unit_nanos=90_000_000
        )
        await publish(tx, replace(minutes, rates=Rates(input_nanos=0, output_nanos=0)), actor=SYSTEM)


def _listed(provider: str, model: str, *milli: int) -> ListPrice:
    return ListPrice(
        id=new_id(), provider=provider, model=model, rates=_rates(*milli), effective_at=LONG_AGO, source="test",
        created_at=LONG_AGO,
    )  # fmt: skip


def _version(model: str, currency: str, *milli: int | None):
    return a_price(
        provider=_PROVIDERS.get(model, "openai"), model=model, currency=currency, rates=_rates(*milli)
    )


def _rates(into: int | None, out: int | None, cached: int | None) -> Rates:
    """Rates from thousandths of the unit."""
    return Rates(
        input_nanos=(into or 0) * 1_000_000,
        output_nanos=(out or 0) * 1_000_000,
        cached_input_nanos=None if cached is None else cached * 1_000_000,
    )


def _month_of(chance: random.Random, ids: dict[str, UUID], month: date, weight: int) -> Iterator[Use]:
    first = datetime(month.year, month.month, month.day, 6, tzinfo=UTC)
    for name, identifier in ids.items():
        for number in range(60):
            yield replace(
                _use(chance, identifier, f"{month:%m}-{number}", first + timedelta(hours=11 * number)),
                input_tokens=weight * chance.randint(20_000, 400_000) // (1 + len(name) % 3),
            )


def _use(chance: random.Random, organization_id: UUID, name: str, at: datetime) -> Use:
    model = chance.choices(MODELS, (5, 4, 3, 1))[0]
    into = chance.randint(500, 60_000)
    return Use(
        id=f"req-{name}",
        organization_id=organization_id,
        occurred_at=at,
        provider=_PROVIDERS.get(model, "openai"),
        model=model,
        input_tokens=into,
        cached_input_tokens=into // 4,
        output_tokens=chance.randint(100, 8_000),
        duration_ms=chance.randint(120, 4_000),
        status=chance.choices(("ok", "timeout", "rate_limited"), (30, 1, 1))[0],
        api_key_id=f"key-{chance.randint(1, 3)}",
        bot_id=chance.choice(("helpdesk", "writer", "")),
        end_user=f"user-{chance.randint(1, 14)}",
    )


def _unpriced(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 20, 9, tzinfo=UTC)
    for number in range(12):
        yield Use(
            id=f"opus-{number}", organization_id=ids["Cobalt Labs"], provider="anthropic", model="claude-opus-4",
            occurred_at=at + timedelta(hours=number), input_tokens=90_000, output_tokens=4_000,
        )  # fmt: skip
    yield Use(
        id="minutes", organization_id=ids["Delta Freight"], provider="voice", model="", meter="voice_minutes",
        quantity_micros=35_500_000, occurred_at=at, input_tokens=0, output_tokens=0,
    )  # fmt: skip


def _late(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 9, 28, 9, tzinfo=UTC)
    yield Use(id="late", organization_id=ids["Cobalt Labs"], occurred_at=at, input_tokens=2_000_000)


def _tests(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 3, 9, tzinfo=UTC)
    yield Use(id="try-out", organization_id=ids["Cobalt Labs"], occurred_at=at, environment="test")


def _risen(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 25, 9, tzinfo=UTC)
    for number in range(20):
        yield Use(
            id=f"spike-{number}",
            organization_id=ids["Fjord Analytics"],
            occurred_at=at,
            input_tokens=30_000_000,
        )


def _priced_to_the_nano(ids: dict[str, UUID], project: UUID) -> Iterator[Use]:
    at = datetime(2026, 10, 12, 10, 30, tzinfo=UTC)
    yield Use(
        id="known", organization_id=ids["Cobalt Labs"], occurred_at=at, input_tokens=1_000_000,
        cached_input_tokens=400_000, output_tokens=100_000, project_id=project, api_key_id="key-1", bot_id="helpdesk",
        end_user="ada@cobalt.example", duration_ms=1_840,
    )  # fmt: skip


def _today(chance: random.Random, ids: dict[str, UUID], project: UUID) -> Iterator[Use]:
    now = datetime.now(UTC)
    for name, identifier in ids.items():
        for number in range(90):
            at = now - timedelta(minutes=2 + 97 * number)
            inside = project if name == "Cobalt Labs" and number % 2 else None
            yield replace(_use(chance, identifier, f"now-{number}", at), project_id=inside)


async def _closed(
    database: Database, period: date, ids: dict[str, UUID], *, preview: bool = False
) -> BillingRun:
    """A run over the four, moved to its end as its process does."""
    terms = Terms(anomaly=AnomalyRule(ratio_ppm=5_000_000, minimum_nanos=100 * NANOS))
    run = await close_month(
        database, period=period, preview=preview, terms=terms, organization_ids=list(ids.values())
    )
    async with database.begin() as tx:
        await billing_runs.move(tx, run_id=run.id, state="running", stage="invoicing", now=datetime.now(UTC))
        await billing_runs.move(tx, run_id=run.id, state="completed", stage="", now=datetime.now(UTC))
    return run
