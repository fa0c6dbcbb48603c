"""Documents: the product's delivery step against Typst itself with the same facts, in one run.

    .venv/bin/python -m benchmarks.pdf [--documents 600] [--json FILE]

Typst alone compiles facts that are ready, in as many threads as there are cores. The product reads invoices and lines from
PostgreSQL, builds the facts, renders, hashes and stores every document.
"""

import argparse
import asyncio
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from temporalio.testing import ActivityEnvironment

from activities.billing_runs import BillingRunSteps, ChunkRef, RunRef
from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer, document_of
from benchmarks import month_end, month_world, stack
from db import billing_runs, invoice_lines, invoices
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.documents import InvoiceDocument
from domain.ids import show
from gateways.pdf import render_invoice

GOAL = 0.5
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
PRINTER = Printer(public_url="https://backoffice.example", link_secret="benchmark")
RECORDS_EACH = 50


async def month(database: Database) -> tuple[str, int]:
    """An invoiced month; gives the run's id and how many chunks it has."""
    steps, run = BillingRunSteps(database, Terms()), month_end.new_run()
    async with database.begin() as tx:
        await billing_runs.insert_one(tx, run)
    shown = show("run", run.id)
    frozen = await ActivityEnvironment().run(steps.freeze_billing_run, RunRef(run_id=shown, at=NOW))
    for chunk in range(frozen.chunks):
        await ActivityEnvironment().run(steps.invoice_chunk, ChunkRef(run_id=shown, chunk=chunk, at=NOW))
    return shown, frozen.chunks


async def facts(database: Database) -> list[InvoiceDocument]:
    """The same documents, ready to be compiled."""
    async with database.begin() as tx:
        found = await invoices.list_page(tx, filters=invoices.Filters(), after=None, limit=100_000)
        lines = await invoice_lines.of_invoices(tx, invoice_ids=[invoice.id for invoice in found])
    return [document_of(invoice, lines.get(invoice.id, []), PRINTER) for invoice in found]


def typst_alone(documents: list[InvoiceDocument]) -> float:
    """Seconds to compile them in a thread for each core, once each is warm."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(render_invoice, documents[:20]))
        began = time.perf_counter()
        list(threads.map(render_invoice, documents))
        return time.perf_counter() - began


async def product(database: Database, run_id: str, chunks: int) -> float:
    """Seconds for the delivery step over every chunk, one after another as the worker's slots take them."""
    steps = DeliverySteps(database, PRINTER)
    began = time.perf_counter()
    for chunk in range(chunks):
        await ActivityEnvironment().run(steps.render_documents, Batch(run_id=run_id, chunk=chunk))
    return time.perf_counter() - began


async def measure(documents: int) -> dict[str, float]:
    """One run of both."""
    with stack.postgres() as url:
        month_world.fill(url, documents, documents * RECORDS_EACH)
        database = Database.open(url, pool_size=4)
        run_id, chunks = await month(database)
        ready = await facts(database)
        alone = await asyncio.to_thread(typst_alone, ready)
        took = await product(database, run_id, chunks)
        await database.close()
        with psycopg.connect(url) as connection:
            stored = connection.execute("select count(*) from invoice_documents").fetchone()
    if stored is None or stored[0] != documents:
        raise RuntimeError(f"{stored} documents of {documents} were stored")
    return {
        "documents": documents,
        "typst_per_second": documents / alone,
        "product_per_second": documents / took,
        "ratio": alone / took,
    }


def main() -> None:
    """Measures, prints, and writes JSON when asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--documents", type=int, default=600)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    result = asyncio.run(measure(given.documents))
    print(
        f"{result['documents']:,.0f} documents of 15 lines: Typst alone {result['typst_per_second']:.0f}/s, "
        f"product {result['product_per_second']:.0f}/s, {result['ratio']:.2f} of Typst (goal at least {GOAL})"
    )
    if given.json:
        given.json.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
