"""The month-end: the product's chunks against the bare set-based statement, from the same raw records, in one run.

    .venv/bin/python -m benchmarks.month_end [--scale 1.0] [--in-flight 3] [--json FILE]

At scale 1 five million records of 10,000 organizations and five models lie in the order of time, as they arrive. The bare
statement sums them, makes a line for each model, taxes, numbers without gaps and inserts: no locks, no ledger, no audit, no
history, nobody else at work. The product freezes its list and invoices chunk by chunk, and its sums are compared.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.billing_runs import BillingRunSteps, ChunkRef, RunRef
from benchmarks import stack
from db import billing_runs
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.billing_run import BillingRun, workflow_id_of
from domain.ids import new_id, show

ORGANIZATIONS = 10_000
RECORDS = 5_000_000
PERIOD = date(2026, 10, 1)
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
GOAL = 5.0

_WORLD = """
insert into legal_entities (code, name, country, number_prefix) values ('main', 'Bench', 'US', 'B-');
insert into tax_rates values (uuidv7(), 'US', '', 'Sales tax', 80000, '2020-01-01', now());
insert into organizations
  select uuidv7(), 'Client ' || n, 'a@b.example', 'USD', 'UTC', 'US', 'postpaid', 'active', 'main', now(), now()
    from generate_series(1, {organizations}) n;
insert into wallets (organization_id, currency) select id, currency from organizations;
insert into billing_profiles (organization_id, updated_at) select id, now() from organizations;
insert into prices (id, provider, model, currency, input_per_million_nanos, output_per_million_nanos,
  cached_input_per_million_nanos, effective_at, created_at, created_by)
  select uuidv7(), 'openai', 'model-' || n, 'USD', n * 1000000000::bigint, n * 4000000000::bigint, n * 250000000::bigint,
         '2020-01-01', now(), 'bench' from generate_series(0, 4) n;
select ensure_month_partition('usage', '2026-10-01');
create table bench_clients as
  select row_number() over (order by id) - 1 as number, id, uuidv7() as entry_id from organizations;
create table bench_prices as select row_number() over (order by model) - 1 as number, * from prices;
create unique index on bench_clients (number);
analyze;
"""
# In the order of time; the organizations take turns in no order, so that none lies together.
_RECORDS = """
insert into usage (organization_id, id, occurred_at, received_at, provider, model, environment, state, status, input_tokens,
  output_tokens, cached_input_tokens, duration_ms, meter, quantity_micros, price_id, amount_nanos, cost_nanos, posting_id,
  batch_id)
select c.id, 'req-' || n, '2026-10-01Z'::timestamptz + n * (interval '2678000 seconds' / {records}), now(), 'openai', p.model,
       'production', 'priced', 'ok', t.input, t.output, t.cached, 200, '', 0, p.id,
       rate_tokens(t.input, t.cached, t.output, p.input_per_million_nanos, p.cached_input_per_million_nanos,
                   p.output_per_million_nanos), 1000, c.entry_id, 1
  from generate_series(%s::bigint, %s::bigint) n
  cross join lateral (select 500 + n %% 3000 as input, 50 + n %% 700 as output, n %% 400 as cached) t
  join bench_clients c on c.number = (n * 7919) %% {organizations}
  join bench_prices p on p.number = (n / {organizations}) %% 5
"""
_UNBILLED = """
insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, key, posted_at)
  select uuidv7(), posting_id, organization_id, 'receivable:unbilled', 'revenue:usage', sum(amount_nanos), 'USD', 'usage',
         'usage:' || posting_id, now() from usage group by posting_id, organization_id;
insert into usage_batches (records, first_at, last_at, received_at)
  select count(*), min(occurred_at), max(occurred_at), now() from usage;
vacuum analyze usage;
analyze postings, organizations, wallets;
checkpoint;
"""
_BARE_TABLES = """
create table bare_lines (organization_id uuid, model text, input bigint, output bigint, cached bigint, amount_nanos numeric);
create table bare_invoices (number bigint primary key, organization_id uuid, subtotal numeric, tax numeric, total numeric);
create table bare_numbers (next bigint);
insert into bare_numbers values (1);
"""
_BARE = """
with lines as (
  insert into bare_lines
  select organization_id, model, sum(input_tokens), sum(output_tokens), sum(cached_input_tokens), sum(amount_nanos)
    from usage where occurred_at >= '2026-10-01Z' and occurred_at < '2026-11-01Z' and state = 'priced' group by 1, 2
  returning *
), sums as (
  select organization_id, round(sum(amount_nanos) / 10000000) * 10000000 as subtotal from lines group by 1
), numbers as (
  update bare_numbers set next = next + (select count(*) from sums) returning old.next as first
)
insert into bare_invoices
select first + row_number() over (order by organization_id) - 1, organization_id, subtotal, round(subtotal * 0.08),
       round(subtotal * 1.08)
  from sums, numbers
"""


def prepare(url: str, organizations: int, records: int) -> None:
    """The clients, their prices and their records."""
    facts = {"organizations": organizations, "records": records}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute(_WORLD.format(**facts).encode())
        for first in range(0, records, 500_000):
            last = min(first + 500_000, records) - 1
            connection.execute(_RECORDS.format(**facts).encode(), (first, last))
        connection.execute(_BARE_TABLES)
        for statement in _UNBILLED.split(";"):
            connection.execute(statement.encode())


def bare(url: str) -> float:
    """Seconds for the one statement; the second of two runs, when the records are in memory for both."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(2):
            connection.execute("truncate bare_lines, bare_invoices")
            began = time.perf_counter()
            connection.execute(_BARE)
            took = time.perf_counter() - began
    return took


async def product(database: Database, in_flight: int) -> tuple[float, BillingRun]:
    """Seconds for the run's own steps: freeze, then every chunk, as its process asks for them."""
    steps, run = BillingRunSteps(database, Terms()), new_run()
    async with database.begin() as tx:
        await billing_runs.insert_one(tx, run)
    began = time.perf_counter()
    frozen = await ActivityEnvironment().run(
        steps.freeze_billing_run, RunRef(run_id=show("run", run.id), at=NOW)
    )
    await _step(steps.sum_billing_run, RunRef(run_id=show("run", run.id), at=NOW))
    waiting = iter(range(frozen.chunks))

    async def lane() -> None:
        for chunk in waiting:
            await _step(steps.invoice_chunk, ChunkRef(run_id=show("run", run.id), chunk=chunk, at=NOW))

    await asyncio.gather(*(lane() for _ in range(in_flight)))
    return time.perf_counter() - began, run


async def _step(step: Callable[..., Awaitable[object]], given: object) -> object:
    return await ActivityEnvironment().run(step, given)


def new_run() -> BillingRun:
    """A run as the door opens it."""
    run_id = new_id()
    return BillingRun(
        id=run_id, period=PERIOD, zone="", preview=False, canary=0, state="pending", stage="",
        workflow_id=workflow_id_of(PERIOD, run_id), requested_by="benchmark", organization_ids=None, organizations=0,
        chunks=0, created_at=NOW, started_at=None, finished_at=None, last_error="",
    )  # fmt: skip


async def compare(database: Database, organizations: int) -> None:
    """The product's sums are the bare statement's, and its numbers have no gap.

    Raises:
        AssertionError: they are not; the figures would mean nothing.
    """
    sql = """select (select sum(subtotal) from bare_invoices) as bare, sum(subtotal_nanos) as ours, count(*) as invoices,
                    max(sequence) as last, (select sum(exact_nanos) from invoice_lines) as lines,
                    (select sum(amount_nanos) from usage) as records from invoices"""
    async with database.begin() as tx:
        await tx.execute(text("set local role none"))
        found = (await tx.execute(text(sql))).one()
    assert abs(found.bare - found.ours) < 10_000_000 * organizations
    assert (found.lines, found.invoices, found.last) == (found.records, organizations, organizations)


async def measure(scale: float, in_flight: int) -> dict[str, float]:
    """One run of both."""
    organizations, records = int(ORGANIZATIONS * scale), int(RECORDS * scale)
    with stack.postgres() as url:
        prepare(url, organizations, records)
        limit = bare(url)
        database = Database.open(url, pool_size=in_flight + 1)
        took, _ = await product(database, in_flight)
        await compare(database, organizations)
        await database.close()
    return {
        "organizations": organizations,
        "records": records,
        "bare_seconds": limit,
        "product_seconds": took,
        "ratio": took / limit,
    }


def main() -> None:
    """Measures, prints, and writes JSON when asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--in-flight", type=int, default=3)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    result = asyncio.run(measure(given.scale, given.in_flight))
    print(
        f"{result['organizations']:,.0f} organizations, {result['records']:,.0f} records: bare {result['bare_seconds']:.2f} s, "
        f"product {result['product_seconds']:.2f} s, {result['ratio']:.2f} x the bare statement (goal at most {GOAL})"
    )
    if given.json:
        given.json.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
