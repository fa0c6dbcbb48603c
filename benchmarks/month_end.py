"""The month-end: the product's chunks against the bare set-based statement, from the same raw records, in one run.

    .venv/bin/python -m benchmarks.month_end [--scale 1.0] [--in-flight 3] [--json FILE]

At scale 1 five million records of 10,000 organizations and five models lie in the order of time, as they arrive. The bare
statement sums them, makes a line for each model, taxes, numbers without gaps and inserts: no locks, no ledger, no audit, no
history, nobody else at work. The product freezes its list and invoices chunk by chunk in a process of its own, and its sums
are compared. A fifth of the size goes before, so that the worker's memory at both shows whether it grows with the run.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import psycopg
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.billing_runs import BillingRunSteps, ChunkRef, RunRef
from benchmarks import stack
from benchmarks.month_world import fill
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
        id=run_id,
        period=PERIOD,
        zone="",
        preview=False,
        canary=0,
        state="pending",
        stage="",
        workflow_id=workflow_id_of(PERIOD, run_id),
        requested_by="benchmark",
        organization_ids=None,
        organizations=0,
        chunks=0,
        created_at=NOW,
        started_at=None,
        finished_at=None,
        last_error="",
    )


async def compare(url: str, organizations: int) -> None:
    """The product's sums are the bare statement's, and its numbers have no gap.

    Raises:
        AssertionError: they are not; the figures would mean nothing.
    """
    sql = """select (select sum(subtotal) from bare_invoices) as bare, sum(subtotal_nanos) as ours, count(*) as invoices,
                    max(sequence) as last, (select sum(exact_nanos) from invoice_lines) as lines,
                    (select sum(amount_nanos) from usage) as records from invoices"""
    database = Database.open(url, pool_size=1)
    async with database.begin() as tx:
        await tx.execute(text("set local role none"))
        found = (await tx.execute(text(sql))).one()
    await database.close()
    assert abs(found.bare - found.ours) < 10_000_000 * organizations
    assert (found.lines, found.invoices, found.last) == (found.records, organizations, organizations)


async def work(url: str, in_flight: int) -> dict[str, float]:
    """The product's part, in a process of its own as a worker is: seconds, and the most memory it had (bytes)."""
    database = Database.open(url, pool_size=in_flight + 1)
    took, _ = await product(database, in_flight)
    await database.close()
    return {"seconds": took, "peak_bytes": getrusage(RUSAGE_SELF).ru_maxrss * 1024}


def measure(scale: float, in_flight: int) -> dict[str, float]:
    """One run of both."""
    organizations, records = int(ORGANIZATIONS * scale), int(RECORDS * scale)
    with stack.postgres() as url:
        fill(url, organizations, records)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_BARE_TABLES)
        limit = bare(url)
        command = ["-m", "benchmarks.month_end", "--work", url, "--in-flight", str(in_flight)]
        worked = json.loads(
            subprocess.run([sys.executable, *command], check=True, capture_output=True).stdout
        )
        asyncio.run(compare(url, organizations))
    return {
        "organizations": organizations,
        "records": records,
        "bare_seconds": limit,
        "product_seconds": worked["seconds"],
        "ratio": worked["seconds"] / limit,
        "worker_peak_bytes": worked["peak_bytes"],
    }


def told(result: dict[str, float]) -> None:
    """One run, printed."""
    print(
        f"{result['organizations']:,.0f} organizations, {result['records']:,.0f} records: bare {result['bare_seconds']:.2f} s, "
        f"product {result['product_seconds']:.2f} s, {result['ratio']:.2f} x the bare statement (goal at most {GOAL}), "
        f"worker's memory at most {result['worker_peak_bytes'] / 2**20:.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Measures a fifth of the size and the whole, prints, and writes JSON when asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--in-flight", type=int, default=3)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--work", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.work:
        print(json.dumps(asyncio.run(work(given.work, given.in_flight))))
        return
    results: list[dict[str, float]] = []
    for scale in (given.scale / 5, given.scale):
        results.append(measure(scale, given.in_flight))
        told(results[-1])
    if given.json:
        given.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
