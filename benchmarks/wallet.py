"""A wallet that everybody draws from, and ten thousand that few do: the product against a row lock and pgbench.

    .venv/bin/python -m benchmarks.wallet [--seconds 5] [--calls 30000] [--json FILE]

Limit for one wallet: pgbench holding its row's lock over seven round trips a call, which most billing code does. Limit for
many: pgbench's own TPC-B. Product: one-record calls through the intake, each priced, posted and answered by itself, and
afterwards the books are compared to the nano.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
import uvloop

from activities.intake import Checked, UsageIntake
from benchmarks import stack
from db.engine import Database
from db.usage.intake import Intake
from tests.postgres import BINARIES
from tests.world import Line, a_price, an_organization

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
SPREAD = 10_000
TABLES = """
create table limit_wallets (id integer primary key, balance bigint not null check (balance >= 0));
create table limit_records (id uuid primary key, wallet integer not null, amount bigint not null);
create table limit_postings (id uuid primary key, wallet integer not null, amount bigint not null);
insert into limit_wallets values (1, 9000000000000000);
"""
ROW_LOCK = """
begin;
select balance from limit_wallets where id = 1 for update;
select 1 from limit_records where id = '00000000-0000-0000-0000-000000000000';
insert into limit_records values (gen_random_uuid(), 1, 100);
insert into limit_postings values (uuidv7(), 1, 100);
update limit_wallets set balance = balance - 100 where id = 1;
commit;
"""
MANY = """
insert into organizations (
  id, name, billing_email, currency, time_zone, country, billing_mode, legal_entity, created_at, updated_at)
select uuidv7(), 'o' || n, 'a@b.example', 'USD', 'UTC', 'US', 'prepaid', 'main', now(), now()
  from generate_series(1, %s) n;
"""
WALLETS = """
insert into wallets (organization_id, currency, balance_nanos)
select id, 'USD', 1000000000000 from organizations o where not exists (select from wallets w where w.organization_id = o.id);
"""
LOTS = """
insert into credit_lots (id, organization_id, kind, reason, amount_nanos, remaining_nanos, key, created_at)
select uuidv7(), organization_id, 'purchased', 'top-up', balance_nanos, balance_nanos, organization_id::text, now() from wallets
 where balance_nanos > 0;
"""
BOOKS = """
select (select coalesce(sum(amount_nanos), 0) from usage)
       = (select coalesce(sum(amount_nanos), 0) from postings where credit = 'revenue:usage')
   and not exists (
     select from wallets w join credit_lots l on l.organization_id = w.organization_id
      group by w.organization_id having sum(l.remaining_nanos) <> w.balance_nanos or w.balance_nanos < w.floor_nanos)
"""


async def prepared(url: str) -> tuple[UUID, list[UUID]]:
    """The hot wallet's organization, with more than it can spend, and the many; a price."""
    database = Database.open(url)
    hot = await an_organization(database, mode="prepaid")
    await a_price(database)
    await database.close()
    with psycopg.connect(url) as connection:
        connection.execute(MANY, (SPREAD,))
        connection.execute(WALLETS)
        connection.execute(
            "update wallets set balance_nanos = 4000000000000000000 where organization_id = %s", (hot,)
        )
        connection.execute(LOTS)
        connection.execute(TABLES.encode())
        found = connection.execute("select organization_id from wallets where organization_id <> %s", (hot,))
        return hot, [row[0] for row in found]


def pgbench(url: str, *words: str) -> float:
    """Transactions a second."""
    command = [str(BINARIES / "pgbench"), "-n", "-M", "prepared", "-j", "2", *words, url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"tps = ([\d.]+)", printed)[-1])


def calls(wallets: list[UUID], run: str, count: int) -> list[Checked]:
    """One-record calls as they pass the door, made beforehand: only taking them in is measured."""
    chance = random.Random(count)
    lines = [
        Line(chance.choice(wallets), f"r{run}-{n}", OCTOBER + timedelta(seconds=n)) for n in range(count)
    ]
    return [Checked([(x.organization_id.hex, x.id)], [str(x)], {}, frozenset({(2026, 10)})) for x in lines]


async def product(url: str, wallets: list[UUID], callers: int, count: int) -> float:
    """One-record calls answered a second."""
    connections = await Intake.open(url, connections=2)
    intake = UsageIntake(connections)
    waiting = calls(wallets, f"{callers}-{len(wallets)}", count)

    async def caller() -> None:
        while waiting:
            call = waiting.pop()
            if await intake.submit(call):
                raise RuntimeError(f"{call} was not accepted")

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds = time.perf_counter() - began
    await intake.close()
    await connections.close()
    return count / seconds


def measure(url: str, folder: Path, seconds: int, count: int) -> dict[str, float]:
    """Every rate of the run, a second."""
    hot, many = uvloop.run(prepared(url))
    script = folder / "row_lock.sql"
    script.write_text(ROW_LOCK)
    subprocess.run([BINARIES / "pgbench", "-i", "-q", "-s", "10", url], check=True, capture_output=True)
    span = ["-T", str(seconds)]
    found: dict[str, float] = {}
    for callers in (16, 256):
        found[f"row_lock_{callers}"] = pgbench(url, "-c", str(callers), "-f", str(script), *span)
        found[f"hot_{callers}"] = uvloop.run(product(url, [hot], callers, count))
    found["tpc_b_16"] = pgbench(url, "-c", "16", "-b", "tpcb-like", *span)
    found["spread_256"] = uvloop.run(product(url, many, 256, count))
    with psycopg.connect(url) as connection:
        if connection.execute(BOOKS).fetchone() != (True,):
            raise RuntimeError("the books do not match the records")
    return found


def ratios(found: dict[str, float]) -> dict[str, float]:
    """What is compared with the rates to reach."""
    return {
        "hot wallet / row lock, 16 callers (reach 7)": found["hot_16"] / found["row_lock_16"],
        "hot wallet / row lock, 256 callers (reach 20)": found["hot_256"] / found["row_lock_256"],
        "10,000 wallets / TPC-B (reach 2)": found["spread_256"] / found["tpc_b_16"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, stack.postgres() as url:
        found = measure(url, Path(folder), options.seconds, options.calls)
    for name, value in {**found, **ratios(found)}.items():
        print(f"{name:48} {value:12,.2f}")
    if options.json:
        options.json.write_text(json.dumps({"rates": found, "ratios": ratios(found)}, indent=2) + "\n")


if __name__ == "__main__":
    main()
