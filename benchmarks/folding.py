"""How far the roll-ups fall behind while usage comes in as fast as it can, and how soon they are there afterwards.

    .venv/bin/python -m benchmarks.folding [--records 300000] [--json FILE]

One API process is filled by many senders with batches of a thousand; the pump that folds runs beside it in a process of
its own, as in the worker. The age of the oldest record the roll-ups do not hold yet is read every tenth of a second.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop

from activities.rollups import RollupPump
from benchmarks import stack
from benchmarks.ingestion import SENDERS, posts, prepared, records
from benchmarks.load import drive
from db import rollups
from db.engine import Database

MOST_SECONDS_BEHIND = 5.0


def pump(url: str) -> None:
    """Folds until the process is ended."""

    async def fold() -> None:
        pump = RollupPump(Database.open(url))
        while True:
            if not await pump.run_once():
                await asyncio.sleep(pump.idle_seconds)

    asyncio.run(fold())


async def behind(database: Database) -> float:
    """Seconds that the oldest record not folded has waited."""
    async with database.begin() as tx:
        return await rollups.lag_seconds(tx, now=datetime.now(UTC))


async def watch(database: Database, seen: list[float]) -> None:
    """Notes how far behind the roll-ups are."""
    while True:
        seen.append(await behind(database))
        await asyncio.sleep(0.1)


def batches(organizations: list[UUID], tag: str, count: int, *, is_live: bool) -> list[list[dict[str, Any]]]:
    """Records of the last ten minutes, as gateways send them, or of a whole month, as a replay does."""
    chance = random.Random(7)
    made = [records(organizations, f"{tag}{n}", 1000, chance) for n in range(count // 1000)]
    now = datetime.now(UTC)
    for record in itertools.chain.from_iterable(made) if is_live else ():
        record["occurred_at"] = (now - timedelta(seconds=600 * chance.random())).isoformat()
    return made


async def filled(port: int, database: Database, requests: list[bytes]) -> tuple[float, float, float]:
    """Records a second, most seconds behind meanwhile and after, and seconds until nothing waited."""
    seen: list[float] = []
    watching = asyncio.create_task(watch(database, seen))
    seconds, _ = await drive(port, requests, clients=SENDERS)
    ended = time.perf_counter()
    while await behind(database):  # noqa: ASYNC110 — another process does what is waited for
        await asyncio.sleep(0.05)
    watching.cancel()
    return len(requests) * 1000 / seconds, max(seen), time.perf_counter() - ended


async def measure(url: str, port: int, count: int) -> dict[str, float]:
    """Rates of the intake with folding beside it, and seconds behind."""
    organizations, key = await prepared(url, 50)
    database = stack.open_database(url)
    found: dict[str, float] = {}
    for name, is_live in (("live", True), ("replay of a month", False)):
        requests = posts(batches(organizations, name, count, is_live=is_live), key)
        await filled(port, database, requests[:20])
        rate, most, until = await filled(port, database, requests[20:])
        found[f"{name}: records/s with folding beside"] = rate
        found[f"{name}: seconds behind at most (reach {MOST_SECONDS_BEHIND:.0f})"] = most
        found[f"{name}: seconds until nothing waited"] = until
    await database.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with stack.postgres() as url, stack.api(url) as port:
        folding = multiprocessing.get_context("spawn").Process(target=pump, args=(url,), daemon=True)
        folding.start()
        found = uvloop.run(measure(url, port, options.records))
        folding.terminate()
        folding.join()
    for name, value in found.items():
        print(f"{name:52} {value:12,.2f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
