"""Dashboards: totals, series and breakdowns from the roll-ups; short windows from the records themselves."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text

from db.analytics_sources import parameters, source
from db.engine import Tx
from db.rows import AnyRow
from domain.analytics import (
    Amount,
    Breakdown,
    Dimension,
    ModelSeries,
    Overview,
    Part,
    Point,
    Scope,
    Series,
    Totals,
    UserPoint,
    together,
)
from domain.window import DAY, Window

_SUMMED = (
    "requests",
    "errors",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "duration_ms",
    "timed",
)
_SUMS = ", ".join(
    f"coalesce(sum({name}), 0)::bigint as {name}" for name in (*_SUMMED, "amount_nanos", "cost_nanos")
)
_KEYS: dict[Dimension, str] = {
    "model": "provider || '/' || model",
    "project": "project_id::text",
    "user": "end_user",
    "key": "api_key_id",
    "bot": "bot_id",
}


async def overview(tx: Tx, *, scope: Scope, window: Window) -> Overview:
    """The totals of a window beside those of the window before it."""
    length = window.until - window.since
    earlier = Window(window.since - length, window.since, window.step).aligned(window.step)
    return Overview(
        window=window,
        totals=await totals(tx, scope=scope, window=window),
        before=await totals(tx, scope=scope, window=earlier),
    )


async def totals(tx: Tx, *, scope: Scope, window: Window) -> Totals:
    """The sums of a window."""
    query = f"select currency, {_SUMS} from ({source('all', scope, window)}) s group by 1"  # noqa: S608 — constants of this package
    rows = await _read(tx, query, scope, window)
    return together([_totals(row) for row in rows]) if rows else Totals()


async def series(tx: Tx, *, scope: Scope, window: Window) -> Series:
    """The sums of each step of a window."""
    query = f"""select currency, date_bin(:step, at, 'epoch') as step_at, {_SUMS}
      from ({source("all", scope, window)}) s group by 1, 2"""  # noqa: S608 — constants of this package
    rows = await _read(tx, query, scope, window)
    return Series(window=window, points=_points(rows, window))


async def breakdown(
    tx: Tx, *, by: Dimension, scope: Scope, window: Window, limit: int = 50, order: str = "cost"
) -> Breakdown:
    """The largest parts by what they cost the client, or with order `requests` by their number."""
    used = grained(by, window)
    largest = "sum(requests)" if order == "requests" else "sum(amount_nanos)"
    query = f"""
select k.*, p.name as label, sum(k.amount_nanos) over () as whole, sum(k.requests) over () as whole_requests,
       count(*) over () as parts
  from (select {_KEYS[by]} as key, currency, {_SUMS}, {largest} as size
          from ({source(by, scope, used)}) s group by 1, 2) k
  left join projects p on p.id::text = k.key and :by = 'project'
 order by size desc, key limit :most"""  # noqa: S608 — constants of this package
    rows = await _read(tx, query, scope, used, by=by, most=limit)
    parts = tuple(_part(row) for row in rows)
    return Breakdown(window=used, parts=parts, count=rows[0].parts if rows else 0)


async def model_series(
    tx: Tx, *, scope: Scope, window: Window, models: Iterable[tuple[str, str]]
) -> tuple[ModelSeries, ...]:
    """Some models' series side by side."""
    wanted = list(models)
    query = f"""
select provider, model, currency, date_bin(:step, at, 'epoch') as step_at, {_SUMS}
  from ({source("model", scope, window)}) s
 where provider || '/' || model = any (cast(:wanted as text[])) group by 1, 2, 3, 4"""  # noqa: S608 — constants of this package
    names = [f"{provider}/{model}" for provider, model in wanted]
    rows = await _read(tx, query, scope, window, wanted=names)
    return tuple(
        ModelSeries(
            provider=provider,
            model=model,
            points=_points([r for r in rows if (r.provider, r.model) == (provider, model)], window),
        )
        for provider, model in wanted
    )


async def user_series(tx: Tx, *, scope: Scope, window: Window) -> tuple[UserPoint, ...]:
    """Active users and their sums, day by day."""
    used = window.aligned(DAY)
    query = f"""
select currency, date_bin(:step, at, 'epoch') as step_at, count(distinct (organization_id, end_user)) as active, {_SUMS}
  from ({source("user", scope, used)}) s group by 1, 2"""  # noqa: S608 — constants of this package
    by_step: defaultdict[datetime, list[AnyRow]] = defaultdict(list)
    for row in await _read(tx, query, scope, used):
        by_step[row.step_at].append(row)
    return tuple(
        UserPoint(
            at=at,
            active=sum(row.active for row in by_step[at]),
            totals=together([_totals(row) for row in by_step[at]]),
        )
        for at in used.points()
    )


def grained(by: Dimension, window: Window) -> Window:
    """The window as a breakdown uses it: users, keys and bots are kept by day, unless it is read from records."""
    by_day = by in ("user", "key", "bot") and window.until - window.since >= DAY
    return window.aligned(DAY) if by_day else window


async def _read(tx: Tx, query: str, scope: Scope, window: Window, **more: object) -> list[AnyRow]:
    """The rows of a query over a source."""
    given: dict[str, Any] = {**parameters(scope, window), "step": window.step, **more}
    wanted = {name: value for name, value in given.items() if f":{name}" in query}
    return list(await tx.execute(text(query), wanted))


def _points(rows: Iterable[AnyRow], window: Window) -> tuple[Point, ...]:
    """Every step of the window, empty ones too."""
    by_step: defaultdict[datetime, list[Totals]] = defaultdict(list)
    for row in rows:
        by_step[row.step_at].append(_totals(row))
    return tuple(Point(at=at, totals=together(by_step[at])) for at in window.points())


def _part(row: AnyRow) -> Part:
    """A row of a breakdown."""
    whole, mine = (row.whole, row.amount_nanos) if row.whole else (row.whole_requests, row.requests)
    return Part(
        key=row.key,
        label=row.label or row.key,
        totals=_totals(row),
        share=float(mine / whole) if whole else 0.0,
    )


def _totals(row: AnyRow) -> Totals:
    """A row of sums in one currency."""
    sums = {name: getattr(row, name) for name in _SUMMED}
    amounts = (Amount(row.currency, row.amount_nanos),)
    return Totals(**sums, cost_nanos=row.cost_nanos, amounts=amounts)
