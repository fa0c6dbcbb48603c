"""Dashboards and the requests explorer over many records: p50 and p95 of every query and filter.

    .venv/bin/python -m benchmarks.dashboards [--rows 10000000] [--rounds 40] [--fill URL | --filled URL] [--json FILE]

Records of a year are generated in SQL for 500 organizations, one of which has a fifth of them; the roll-ups are made by the
product's own statements. Beside them stand what the records themselves take to answer the same for the large client, and
how much the machine varies by itself.
`--fill` prepares an empty, migrated database and ends, `--filled` measures such a one: the two need not follow at once.
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
from benchmarks.usage_year import LARGE, SMALL, YEAR_ENDS, fill
from cli.serve import settle
from db import analytics
from db.engine import Database, Tx
from db.usage import records
from domain.analytics import Dimension, Scope
from domain.usage import UsageFilters, UsagePlace
from domain.window import window_named

NOW = YEAR_ENDS
DIMENSIONS: tuple[Dimension, ...] = ("model", "project", "user", "key", "bot")
WINDOWS = ("1h", "1d", "7d", "30d", "90d", "365d")
COMPARED = [("openai", f"model-{number}") for number in range(3)]
PAGE = 51
Question = Callable[[Tx], Awaitable[object]]
Found = dict[str, dict[str, tuple[float, float]]]


def dashboards(project: UUID) -> dict[str, Question]:
    """Every query of the dashboards for the large client, one of its projects and the platform."""
    asked: dict[str, Question] = {}
    inside = Scope(organization_id=LARGE, project_id=project)
    whose = {"large client": Scope(organization_id=LARGE), "its project": inside, "platform": Scope()}
    for who, scope in whose.items():
        for name in WINDOWS:
            asked[f"{who}, {name}, overview"] = _overview(scope, name)
            asked[f"{who}, {name}, series"] = _series(scope, name)
            asked[f"{who}, {name}, series of models"] = _model_series(scope, name)
            asked[f"{who}, {name}, series of users"] = _user_series(scope, name)
            asked |= {f"{who}, {name}, by {by}": _breakdown(scope, name, by) for by in DIMENSIONS}
    return asked


def _overview(scope: Scope, name: str) -> Question:
    return lambda tx: analytics.overview(tx, scope=scope, window=window_named(name, NOW))


def _series(scope: Scope, name: str) -> Question:
    return lambda tx: analytics.series(tx, scope=scope, window=window_named(name, NOW))


def _model_series(scope: Scope, name: str) -> Question:
    window = window_named(name, NOW)
    return lambda tx: analytics.model_series(tx, scope=scope, window=window, models=COMPARED)


def _user_series(scope: Scope, name: str) -> Question:
    return lambda tx: analytics.user_series(tx, scope=scope, window=window_named(name, NOW))


def _breakdown(scope: Scope, name: str, by: Dimension) -> Question:
    return lambda tx: analytics.breakdown(tx, by=by, scope=scope, window=window_named(name, NOW))


async def _raw(tx: Tx) -> object:
    """The overview of a year without roll-ups."""
    query = text("""select count(*), sum(amount_nanos), sum(input_tokens), sum(duration_ms),
      count(*) filter (where status <> 'ok')
      from usage where organization_id = :o and state = 'priced'""")
    return (await tx.execute(query, {"o": LARGE})).one()


# The same way with nothing to do, and with always the same to do.
MACHINE: dict[str, Question] = {
    "select 1": lambda tx: tx.execute(text("select 1")),
    "the same sum of numbers": lambda tx: tx.execute(text("select sum(n) from generate_series(1, 300000) n")),
}


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
            limited = UsageFilters(organization_id=organization, **facts)  # type: ignore[bad-argument-type]  # by name
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


async def run(url: str, rounds: int) -> Found:
    """Everything, in one filled database."""
    database = Database.open(url, pool_size=2)
    async with database.begin() as tx:
        query = text("select id from projects where organization_id = :o order by id limit 1")
        project = (await tx.execute(query, {"o": LARGE})).scalar_one()
    settle()
    print(f"{'milliseconds':<48} {'p50':>9} {'p95':>9}")
    found = {
        "machine": await measure(database, MACHINE, rounds),
        "records themselves": await measure(database, {"large client, 365d, overview": _raw}, 3),
        "dashboards": await measure(database, dashboards(project), rounds),
        "explorer": await measure(database, explorer(project), rounds),
    }
    await database.close()
    return found


def told(found: Found, file: Path | None) -> None:
    """Prints how many questions are answered in time and which are not; writes the file when there is one."""
    for name, limit in (("dashboards", 60), ("explorer", 50)):
        slow = {question: round(p95, 1) for question, (_, p95) in found[name].items() if p95 > limit}
        within = f"{len(found[name]) - len(slow)} of {len(found[name])}"
        print(f"{name}: {within} within {limit} ms p95; slower: {slow}")
    if file is not None:
        file.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), **found}, indent=1))


def main() -> None:
    """Fills, measures, prints, and writes JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--fill")
    parser.add_argument("--filled")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.fill:
        asyncio.run(fill(given.fill, given.rows))
    else:
        told(measured(given.filled, given.rows, given.rounds), given.json)


def measured(filled: str | None, rows: int, rounds: int) -> Found:
    """The figures, from a database that is filled already or one made for it."""
    if filled:
        return asyncio.run(run(filled, rounds))
    with stack.postgres() as url:
        asyncio.run(fill(url, rows))
        return asyncio.run(run(url, rounds))


if __name__ == "__main__":
    main()
