"""Usage ingestion over HTTP against the database's own limit, in one run.

    .venv/bin/python -m benchmarks.ingestion [--records 200000] [--json FILE]

Limit: COPY of the same rows, pre-encoded, into a bare table over two connections. Product: POST /v1/usage with every check,
pricing, wallet debit, provider cost and ledger. Each figure is the best of `--rounds`; ratios hold, absolute figures drift.
"""

import argparse
import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from benchmarks import stack
from benchmarks.load import drive, request_bytes
from db import api_keys
from db.engine import Database
from domain.api_key import issue
from domain.ids import show
from domain.key_form import keyed_hash
from gateways.settings import DEVELOPMENT_KEY_PEPPER
from tests.world import a_price, an_organization

BARE = """create unlogged table bare (
 n integer not null, organization_id uuid not null, id text not null, occurred_at timestamptz not null,
 project_id uuid, api_key_id text, bot_id text, end_user text, provider text not null, model text, environment text not null,
 status text not null, error text,
 input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
 duration_ms bigint, meter text, quantity_micros bigint not null, payload_digest text)"""
# One call a commit: what coalescing is compared with.
ALONE = {"BACKOFFICE_USAGE_COMMIT_RECORDS": "1", "BACKOFFICE_USAGE_CONNECTIONS": "16"}
# Who sends batches at the same time: with this many one commit takes several calls.
SENDERS = 16
NOW = datetime(2026, 10, 1, tzinfo=UTC)


async def prepared(url: str, organizations: int) -> tuple[list[uuid.UUID], str]:
    """Organizations, five prices with provider costs, and a key that may report for all."""
    database = Database.open(url)
    made = [await an_organization(database, name=f"o{n}") for n in range(organizations)]
    for n in range(5):
        await a_price(database, model=f"gpt-{n}")
    key, secret = issue(
        organization_id=None,
        project_id=None,
        name="bench",
        environment="live",
        scopes=("usage:write",),
        created_by="bench",
        now=NOW,
    )
    async with database.begin() as tx:
        await api_keys.insert_one(tx, key, key_hash=keyed_hash(secret, DEVELOPMENT_KEY_PEPPER))
    await database.close()
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into list_prices (id, provider, model, input_per_million_nanos, output_per_million_nanos, effective_at,"
            " source, created_at) select uuidv7(), 'openai', 'gpt-' || n, 1000000000, 4000000000, '2020-01-01', 'bench', now()"
            " from generate_series(0, 4) n"
        )
    return made, secret


def records(
    organizations: list[uuid.UUID], tag: str, count: int, chance: random.Random
) -> list[dict[str, Any]]:
    """Plausible records: twenty columns of the table are filled."""
    return [
        {
            "id": f"req-{tag}-{n:07d}",
            "organization_id": show("org", chance.choice(organizations)),
            "occurred_at": (NOW + timedelta(seconds=chance.randrange(2_500_000), microseconds=n)).isoformat(),
            "provider": "openai",
            "model": f"gpt-{chance.randrange(5)}",
            "input_tokens": chance.randrange(20_000),
            "output_tokens": chance.randrange(2_000),
            "duration_ms": chance.randrange(30_000),
            "status": "ok",
            "bot_id": f"bot-{chance.randrange(40)}",
            "user": f"user-{chance.randrange(3000)}",
            "api_key_id": f"key-{chance.randrange(20)}",
        }
        for n in range(count)
    ]


def staged(batch: list[dict[str, Any]]) -> bytes:
    """The same records as COPY lines, for the limit."""
    return "".join(
        f"{n}\t{r['organization_id'][4:]}\t{r['id']}\t{r['occurred_at']}\t\t{r['api_key_id']}\t{r['bot_id']}\t{r['user']}\topenai"
        f"\t{r['model']}\tproduction\tok\t\t{r['input_tokens']}\t{r['output_tokens']}\t0\t{r['duration_ms']}\t\t0\t\n"
        for n, r in enumerate(batch)
    ).encode()


async def raw_copy(url: str, batches: list[bytes]) -> float:
    """Seconds for two connections to COPY the batches, a commit each."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists bare")
        connection.execute(BARE.replace("unlogged ", "").encode())
    waiting = list(batches)

    async def work() -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while waiting:
                batch = waiting.pop()
                async with (
                    connection.cursor() as cursor,
                    cursor.copy("copy bare from stdin (null '')") as copy,
                ):
                    await copy.write(batch)

    began = time.perf_counter()
    await asyncio.gather(work(), work())
    return time.perf_counter() - began


def posts(batches: list[list[dict[str, Any]]], key: str) -> list[bytes]:
    """The requests of some calls."""
    return [request_bytes("/v1/usage", key, json.dumps(batch).encode()) for batch in batches]


async def best(rounds: int, measure: Callable[[int], Any]) -> float:
    """The largest rate of some rounds."""
    return max([await measure(number) for number in range(rounds)])


async def measure(url: str, port: int, lone_port: int, options: argparse.Namespace) -> dict[str, float]:
    """Every figure of the run, in records a second."""
    chance = random.Random(7)
    organizations, key = await prepared(url, options.organizations)
    counter = iter(range(10**9))

    def calls(size: int, total: int) -> list[list[dict[str, Any]]]:
        return [records(organizations, str(next(counter)), size, chance) for _ in range(total // size)]

    async def limit(_: int) -> float:
        batches = [staged(batch) for batch in calls(1000, options.records)]
        return len(batches) * 1000 / await raw_copy(url, batches)

    async def product(to: int, size: int, total: int, clients: int) -> float:
        seconds, answers = await drive(to, posts(calls(size, total), key), clients=clients)
        accepted = sum(json.loads(answer)["accepted"] for answer in answers)
        if accepted != total // size * size:
            raise RuntimeError(f"{accepted} accepted of {total}")
        return accepted / seconds

    await product(port, 1000, 10_000, 2)
    await product(lone_port, 1000, 10_000, 2)
    found = {"raw_copy": await best(options.rounds, limit)}
    found["http_1000"] = await best(options.rounds, lambda _: product(port, 1000, options.records, SENDERS))
    for size, total in ((1, 10_000), (10, 40_000), (100, 100_000)):
        found[f"http_{size}"] = await best(options.rounds, lambda _, s=size, t=total: product(port, s, t, 32))
        found[f"uncoalesced_{size}"] = await best(
            options.rounds, lambda _, s=size, t=total: product(lone_port, s, t, 32)
        )
    return found


def ratios(found: dict[str, float]) -> dict[str, float]:
    """What is compared with the rates to reach."""
    return {
        "http_1000 / raw_copy (reach 0.15)": found["http_1000"] / found["raw_copy"],
        "http_1 records/s (reach 2500)": found["http_1"],
        "coalesced / uncoalesced at 1 (reach 2.2)": found["http_1"] / found["uncoalesced_1"],
        "coalesced / uncoalesced at 10 (reach 2.5)": found["http_10"] / found["uncoalesced_10"],
        "coalesced / uncoalesced at 100 (reach 1.5)": found["http_100"] / found["uncoalesced_100"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--organizations", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with stack.postgres() as url, stack.api(url) as port, stack.api(url, **ALONE) as lone_port:
        found = uvloop.run(measure(url, port, lone_port, options))
    for name, value in {**found, **ratios(found)}.items():
        print(f"{name:45} {value:12,.2f}")
    if options.json:
        options.json.write_text(json.dumps({"rates": found, "ratios": ratios(found)}, indent=2) + "\n")


if __name__ == "__main__":
    main()
