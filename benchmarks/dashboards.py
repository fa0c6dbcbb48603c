"""Dashboards and the requests explorer over many records: p50 and p95 of every query and filter.

    .venv/bin/python -m benchmarks.dashboards [--rows 10000000] [--rounds 20] [--json FILE]

Records of a year are generated in SQL for 500 organizations, one of which has a fifth of them; the roll-ups are made by the
product's own statements. Beside them stands what the records themselves take to answer the same for the large client.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from benchmarks import stack
from benchmarks.usage_year import CLIENTS, LARGE, SMALL, YEAR_ENDS, generate
from db import analytics, rollups
from db.engine import Database, Tx
from db.usage import records
from domain.analytics import Dimension, Scope
from domain.usage import UsageFilters, UsagePlace
from domain.window import window_named

NOW = YEAR_ENDS
DIMENSIONS: tuple[Dimension, ...] = ("model", "project", "user", "key", "bot")
WINDOWS = ("1h", "1d", "30d", "365d")
PAGE = 51
Question = Callable[[Tx], Awaitable[object]]


def dashboards() -> dict[str, Question]:
    """Every query of the dashboards for the large client and the platform."""
    asked: dict[str, Question] = {}
    for whose, scope in (("large client", Scope(organization_id=LARGE)), ("platform", Scope())):
        for name in WINDOWS:
            asked[f"{whose}, {name}, overview"] = _overview(scope, name)
            asked[f"{whose}, {name}, series"] = _series(scope, name)
            asked |= {f"{whose}, {name}, by {by}": _breakdown(scope, name, by) for by in DIMENSIONS}
    return asked


def _overview(scope: Scope, name: str) -> Question:
    return lambda tx: analytics.overview(tx, scope=scope, window=window_named(name, NOW))


def _series(scope: Scope, name: str) -> Question:
    return lambda tx: analytics.series(tx, scope=scope, window=window_named(name, NOW))


def _breakdown(scope: Scope, name: str, by: Dimension) -> Question:
    return lambda tx: analytics.breakdown(tx, by=by, scope=scope, window=window_named(name, NOW))


async def _raw(tx: Tx) -> object:
    """The overview of a year without roll-ups."""
    query = text("""select count(*), sum(amount_nanos), sum(input_tokens), sum(duration_ms),
      count(*) filter (where status <> 'ok')
      from usage where organization_id = :o and state = 'priced'""")
    return (await tx.execute(query, {"o": LARGE})).one()


def explorer(project: UUID) -> dict[str, Question]:
    """Every filter of the explorer, for the large client, a small one and the platform, on the first page and a deep one."""
    filters: dict[str, dict[str, object]] = {
        "no filter": {},
        "common model": {"model": "model-0"},
        "rare model": {"model": "rare"},
        "provider and model": {"provider": "openai", "model": "model-3"},
        "common user": {"end_user": "user-0"},
        "rare user": {"end_user": "user-7919"},
        "key": {"api_key_id": "key-7"},
        "bot": {"bot_id": "bot-3"},
        "project": {"project_id": project},
        "rare user and model": {"end_user": "user-7919", "model": "model-1"},
        "errors": {"status": "error"},
        "rare status": {"status": "refused"},
        "quarantined": {"state": "quarantined"},
        "not billed": {"state": "not_billed"},
        "a day": {"since": NOW - timedelta(days=100), "until": NOW - timedelta(days=99)},
    }
    deep = UsagePlace(NOW - timedelta(days=200), "x", SMALL)
    asked: dict[str, Question] = {}
    for whose, organization in (("large client", LARGE), ("small client", SMALL), ("platform", None)):
        for name, facts in filters.items():
            limited = UsageFilters(organization_id=organization, **facts)  # type: ignore[bad-argument-type]
            asked[f"{whose}, {name}"] = _page(limited, None)
            asked[f"{whose}, {name}, deep"] = _page(limited, deep)
    return asked


def _page(filters: UsageFilters, before: UsagePlace | None) -> Question:
    return lambda tx: records.list_page(tx, filters=filters, before=before, limit=PAGE)


async def measure(
    database: Database, asked: dict[str, Question], rounds: int
) -> dict[str, tuple[float, float]]:
    """Milliseconds at the median and the 95th percentile, after one unmeasured round."""
    measured: dict[str, tuple[float, float]] = {}
    for name, question in asked.items():
        times = [await _timed(database, question) for _ in range(rounds + 1)][1:]
        measured[name] = (statistics.median(times), statistics.quantiles(times, n=20)[-1])
        print(f"{name:<48} {measured[name][0]:>9.1f} {measured[name][1]:>9.1f}", flush=True)
    return measured


async def _timed(database: Database, question: Question) -> float:
    async with database.begin() as tx:
        began = time.perf_counter()
        await question(tx)
        return (time.perf_counter() - began) * 1000


async def prepared(url: str, rows: int) -> tuple[Database, UUID]:
    """A year of records, folded; prints what both cost."""
    database = Database.open(url, pool_size=2)
    began = time.perf_counter()
    await generate(url, rows)
    print(f"{rows:,} records of {CLIENTS} organizations generated in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    async with database.begin() as tx:
        folded = await rollups.rebuild(tx)
    seconds = time.perf_counter() - began
    print(f"{folded:,} folded in {seconds:.0f} s, {seconds / folded * 1e6:.1f} µs a record")
    while await _closed_one(database):
        pass
    print(f"with closed months {time.perf_counter() - began:.0f} s")
    async with database.engine.connect() as connection:
        maintained = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await maintained.execute(text("reset role"))
        await maintained.execute(text("vacuum analyze"))
    async with database.begin() as tx:
        project = (
            await tx.execute(text("select id from projects where organization_id = :o limit 1"), {"o": LARGE})
        ).scalar_one()
    return database, project


async def _closed_one(database: Database) -> bool:
    async with database.begin() as tx:
        return await rollups.close_month(tx, now=NOW)


async def run(url: str, rows: int, rounds: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Everything, in one database."""
    database, project = await prepared(url, rows)
    print(f"{'milliseconds':<48} {'p50':>9} {'p95':>9}")
    found = {
        "records themselves": await measure(database, {"large client, 365d, overview": _raw}, 3),
        "dashboards": await measure(database, dashboards(), rounds),
        "explorer": await measure(database, explorer(project), rounds),
    }
    await database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with stack.postgres() as url:
        found = asyncio.run(run(url, given.rows, given.rounds))
    for name, limit in (("dashboards", 60), ("explorer", 50)):
        slow = {question: p95 for question, (_, p95) in found[name].items() if p95 > limit}
        print(
            f"{name}: {len(found[name]) - len(slow)} of {len(found[name])} within {limit} ms p95; slower: {slow}"
        )
    if given.json:
        given.json.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), **found}, indent=1))


if __name__ == "__main__":
    main()
