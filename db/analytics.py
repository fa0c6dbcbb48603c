"""Dashboards: totals, series and breakdowns from the roll-ups; short windows from the records themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from sqlalchemy import text

from db.analytics_days import stepped
from db.analytics_largest import Largest, largest
from db.analytics_parts import Parts, bounds, parts
from db.analytics_sources import is_kept_by_day, source
from db.analytics_users import active_users
from db.engine import Tx, plan_for_values
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
    if scope.organization_id is None or scope.project_id is not None:
        by: Dimension = "model" if scope.project_id is None else "project"
        summed = await parts(tx, by=by, scope=await _owned(tx, scope), window=window)
    else:
        summed = Parts(source("all", scope, window), _given(scope, window))
    rows = await _read(tx, f"select currency, {_SUMS} from ({summed.query}) s group by 1", summed.given)  # noqa: S608 — constants of this package
    return together([_totals(row) for row in rows])


async def series(tx: Tx, *, scope: Scope, window: Window) -> Series:
    """The sums of each step of a window."""
    summed = await stepped(tx, by="all", scope=await _owned(tx, scope), window=window)
    query = f"""select currency, date_bin(:step, at, 'epoch') as step_at, {_SUMS}
      from ({summed.query}) s group by 1, 2"""  # noqa: S608 — constants of this package
    rows = await _read(tx, query, {**summed.given, "step": window.step})
    return Series(window=window, points=_points(rows, window))


async def breakdown(
    tx: Tx, *, by: Dimension, scope: Scope, window: Window, limit: int = 50, order: str = "cost"
) -> Breakdown:
    """The largest parts by what they cost the client, or with order `requests` by their number."""
    used = grained(by, scope, window)
    await plan_for_values(tx)
    scope = await _owned(tx, scope)
    summed = await parts(tx, by=by, scope=scope, window=used)
    size = "requests" if order == "requests" else "amount_nanos"
    found = await largest(tx, by=by, scope=scope, summed=summed, limit=limit, size=size)
    rows = sorted(
        await _sums_of(tx, summed, found.keys), key=lambda row: (-getattr(row, size), row.key, row.currency)
    )[:limit]
    labels = await _labels(tx, [row.key for row in rows]) if by == "project" else {}
    shown = tuple(_part(row, found, labels) for row in rows)
    return Breakdown(window=used, parts=shown, count=found.count, count_is_exact=found.count_is_exact)


async def _sums_of(tx: Tx, summed: Parts, keys: Sequence[str]) -> list[AnyRow]:
    """All sums of some parts, by key and currency."""
    query = f"""
select key, currency, {_SUMS} from ({summed.query}) s
 where key = any (cast(:keys as text[])) group by 1, 2"""  # noqa: S608 — constants of this package
    return await _read(tx, query, {**summed.given, "keys": keys}) if keys else []


async def _labels(tx: Tx, keys: list[str]) -> dict[str, str]:
    """The names of projects."""
    query = "select id::text as key, name from projects where id = any (cast(:keys as uuid[]))"
    return {row.key: row.name for row in await _read(tx, query, {"keys": keys})}


async def model_series(
    tx: Tx, *, scope: Scope, window: Window, models: Iterable[tuple[str, str]]
) -> tuple[ModelSeries, ...]:
    """Some models' series side by side."""
    wanted = list(models)
    summed = await stepped(tx, by="model", scope=await _owned(tx, scope), window=window)
    query = f"""
select w.number, date_bin(:step, at, 'epoch') as step_at, currency, {_SUMS} from ({summed.query}) s
  join unnest(cast(:keys as text[])) with ordinality w (key, number) using (key)
 group by 1, 2, 3"""  # noqa: S608 — constants of this package
    keys = [f"{provider}/{model}" for provider, model in wanted]
    by_number: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in await _read(tx, query, {**summed.given, "step": window.step, "keys": keys}):
        by_number[row.number].append(row)
    return tuple(
        ModelSeries(provider=provider, model=model, points=_points(by_number[number], window))
        for number, (provider, model) in enumerate(wanted, 1)
    )


async def user_series(tx: Tx, *, scope: Scope, window: Window) -> tuple[UserPoint, ...]:
    """Active users and their sums, day by day."""
    used = window.aligned(DAY)
    by_step: defaultdict[datetime, list[AnyRow]] = defaultdict(list)
    for row in await active_users(tx, scope=await _owned(tx, scope), window=used):
        by_step[datetime.combine(row.day, time(), UTC)].append(row)
    return tuple(
        UserPoint(
            at=at,
            active=sum(row.active for row in by_step[at]),
            totals=together([_totals(row) for row in by_step[at]]),
        )
        for at in used.points()
    )


async def _owned(tx: Tx, scope: Scope) -> Scope:
    """The scope with the organization of its project."""
    if scope.project_id is None or scope.organization_id is not None:
        return scope
    query = "select organization_id from projects where id = :project_id"
    rows = await _read(tx, query, {"project_id": scope.project_id})
    return replace(scope, organization_id=rows[0].organization_id) if rows else scope


def grained(by: Dimension, scope: Scope, window: Window) -> Window:
    """The window as a breakdown uses it: cut to days where parts are kept by day, unless it is read from records."""
    by_day = is_kept_by_day(by, scope) and window.until - window.since >= DAY
    return window.aligned(DAY) if by_day else window


def _given(scope: Scope, window: Window) -> dict[str, object]:
    """The parameters of a query over one source."""
    whose = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    return {**whose, **bounds(window, "")}


async def _read(tx: Tx, query: str, given: dict[str, object]) -> list[AnyRow]:
    """The rows of a query, given what it asks for and perhaps more."""
    wanted = {name: value for name, value in given.items() if f":{name}" in query}
    return list(await tx.execute(text(query), wanted))


def _points(rows: Iterable[AnyRow], window: Window) -> tuple[Point, ...]:
    """Every step of the window, empty ones too."""
    by_step: defaultdict[datetime, list[Totals]] = defaultdict(list)
    for row in rows:
        by_step[row.step_at].append(_totals(row))
    return tuple(Point(at=at, totals=together(by_step[at])) for at in window.points())


def _part(row: AnyRow, found: Largest, labels: dict[str, str]) -> Part:
    """A row of a breakdown, with its share of the whole in its currency."""
    amount, requests = found.whole[row.currency]
    share = float(row.amount_nanos / amount) if amount else float(row.requests / requests)
    return Part(key=row.key, label=labels.get(row.key, row.key), totals=_totals(row), share=share)


def _totals(row: AnyRow) -> Totals:
    """A row of sums in one currency."""
    sums = {name: getattr(row, name) for name in _SUMMED}
    amounts = (Amount(row.currency, row.amount_nanos),)
    return Totals(**sums, cost_nanos=row.cost_nanos, amounts=amounts)
