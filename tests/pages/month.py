"""A month for the pages: four clients with usage, prices, an unpriced model, and a month-end that held one of them.

Cobalt pays by invoice and owes; Delta has another currency; Ember pays ahead; Fjord's invoice rose so much that
it is held. The usage of this month is for the dashboards.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.account_sums import AccountSumPump
from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from activities.prices import publish
from activities.rollups import RollupPump
from db import billing_runs, invoices, list_prices, organizations, payments, projects, wallets
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.anomaly import AnomalyRule
from domain.audit import SYSTEM
from domain.billing_run import BillingRun
from domain.ids import new_id, show
from domain.invoice.record import Invoice
from domain.money import NANOS
from domain.payment import Payment, charge_key
from domain.price import ListPrice
from domain.project import Project
from domain.rates import Rates
from domain.wallet import CreditLot
from tests.api.conftest import organization
from tests.monthend import OCTOBER, close_month
from tests.pages.month_usage import PROVIDERS, month_of, special, today
from tests.usage import LONG_AGO, a_price, report

SEPTEMBER = date(2026, 9, 1)


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
    """Fills the database, by the functions that the product itself uses."""
    chance = random.Random(7)
    ids = await _clients(database)
    project = await _project(database, ids["Cobalt Labs"])
    await _book(database)
    await report(database.url, *month_of(chance, ids, SEPTEMBER, 1), now=datetime(2026, 9, 30, tzinfo=UTC))
    await _closed(database, SEPTEMBER, ids)
    uses = [*month_of(chance, ids, OCTOBER, 2), *special(ids, project), *today(chance, ids, project)]
    await report(database.url, *uses, now=datetime.now(UTC))
    preview = await _closed(database, OCTOBER, ids, preview=True)
    run = await _closed(database, OCTOBER, ids)
    await _delivered(database, run)
    await _declined(database, ids["Cobalt Labs"])
    await RollupPump(database).run_once()
    await AccountSumPump(database).run_once()
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
        id=new_id(),
        provider=provider,
        model=model,
        rates=_rates(*milli),
        effective_at=LONG_AGO,
        source="test",
        created_at=LONG_AGO,
    )


def _version(model: str, currency: str, *milli: int | None):
    return a_price(
        provider=PROVIDERS.get(model, "openai"), model=model, currency=currency, rates=_rates(*milli)
    )


def _rates(into: int | None, out: int | None, cached: int | None) -> Rates:
    """Rates from thousandths of the unit."""
    return Rates(
        input_nanos=(into or 0) * 1_000_000,
        output_nanos=(out or 0) * 1_000_000,
        cached_input_nanos=None if cached is None else cached * 1_000_000,
    )


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


async def _delivered(database: Database, run: BillingRun) -> None:
    """Documents and letters, as the process of the run makes them."""
    printer = Printer(public_url="http://console.test", link_secret="secret")
    steps, batch = DeliverySteps(database, printer), Batch(run_id=show("run", run.id), chunk=0)
    environment = ActivityEnvironment()
    await environment.run(steps.render_documents, batch)
    await environment.run(steps.mail_documents, batch)


async def _declined(database: Database, organization_id: UUID) -> None:
    """A charge of the saved card that the bank did not take."""
    async with database.begin() as tx:
        filters = invoices.Filters(organization_id=organization_id, period=OCTOBER)
        invoice = (await invoices.list_page(tx, filters=filters, after=None, limit=1))[0]
        await payments.insert_once(tx, _refused(invoice))


def _refused(invoice: Invoice) -> Payment:
    return Payment(
        id=new_id(),
        organization_id=invoice.organization_id,
        invoice_id=invoice.id,
        method="card",
        state="failed",
        charge_number=1,
        charge_key=charge_key(invoice.id, 1),
        amount_nanos=invoice.open_nanos,
        currency=invoice.currency,
        decline_code="insufficient_funds",
        stripe_intent_id="pi_declined",
        created_at=(now := datetime.now(UTC)),
        updated_at=now,
    )
