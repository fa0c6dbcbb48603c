"""What a breakdown is summed from: closed months and days as they are, and the days or hours around them.

Every source gives the same columns: `currency`, `key` and the sums. A key is a model as `provider/model`, or the
id of a project, user, API key or bot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from db.analytics_sources import SUMS, is_kept_by_day, needs_records, source
from db.engine import Tx
from db.rollup_closings import Grain, after, closed
from domain.analytics import Dimension, Scope
from domain.window import DAY, Window

EVERYBODY = NO_PROJECT = UUID(int=0)
WORTH_MONTHS = 28 * DAY
KEYS: dict[Dimension, str] = {
    "model": "provider || '/' || model",
    "project": "project_id::text",
    "user": "end_user",
    "key": "api_key_id",
    "bot": "bot_id",
}
_TABLES: dict[Dimension, str] = {
    "model": "usage_by_project_model",
    "user": "usage_by_user",
    "key": "usage_by_key",
    "bot": "usage_by_bot",
}
_CLOSED = f"""
select currency, key, {SUMS} from usage_closed
 where kind = :kind and grain = '{{grain}}' and since = any (cast(:{{prefix}}{{grain}}s as date[]))
   and organization_id = :whose"""  # noqa: S608 — constants of this package
_OF_DAYS = f"""
select currency, {{key}} as key, {SUMS} from {{table}} join wallets using (organization_id)
 where day = any (cast(:{{prefix}}open_days as date[]))"""  # noqa: S608 — constants of this package
_PROJECTS_OF_DAYS = f"""
select currency, project_id::text as key, {SUMS} from usage_by_project join wallets using (organization_id)
  join unnest(cast(:{{prefix}}open_days as date[])) d (day) on hour >= day::timestamp at time zone 'UTC'
   and hour < (day + 1)::timestamp at time zone 'UTC'"""  # noqa: S608 — constants of this package


@dataclass(frozen=True, slots=True)
class Cover:
    """Whole days that make up a window: closed months and days, and days that are in the daily roll-ups only."""

    months: Sequence[date]
    days: Sequence[date]
    open_days: Sequence[date]

    def without(self, months: set[date], days: set[date]) -> "Cover":
        """The same less some months and days."""
        return Cover(
            [month for month in self.months if month not in months],
            [day for day in self.days if day not in days],
            [day for day in self.open_days if day not in days],
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """A query with its parameters, and what it covers when that is whole days."""

    query: str
    given: dict[str, object]
    cover: Cover | None = None


async def parts(tx: Tx, *, by: Dimension, scope: Scope, window: Window) -> Parts:
    """The rows to sum for a breakdown of a window."""
    if is_kept_by_day(by, scope) and not needs_records(by, scope, window):
        return of_cover(by, scope, await _covered(tx, by, scope, window))
    months = await _months(tx, by, scope, window)
    given: dict[str, object] = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    queries: list[str] = []
    for number, gap in enumerate(gaps("month", months, window)):
        rows = source(by, scope, gap, str(number))
        queries.append(f"select currency, {KEYS[by]} as key, {SUMS} from ({rows}) s{number}")  # noqa: S608 — constants of this package
        given |= bounds(gap, str(number))
    if months:
        of_project = " and key = :key_of_project" if scope.project_id else ""
        queries.append(_CLOSED.format(prefix="", grain="month") + of_project)
        given |= {"months": months, "kind": by, "whose": scope.organization_id or EVERYBODY}
        given |= {"key_of_project": str(scope.project_id)}
    return asked(queries, given)


def of_cover(by: Dimension, scope: Scope, cover: Cover, prefix: str = "") -> Parts:
    """The rows of whole days; `prefix` begins the names of its days and months among the parameters."""
    facts = {"whose": scope.organization_id or EVERYBODY, "kind": by, "project_id": scope.project_id}
    given: dict[str, object] = {"organization_id": scope.organization_id, **facts}
    given |= {
        f"{prefix}months": cover.months,
        f"{prefix}days": cover.days,
        f"{prefix}open_days": cover.open_days,
    }
    within = " and project_id = :project_id" if scope.project_id else ""
    queries = [_CLOSED.format(prefix=prefix, grain="month") + within] if cover.months else []
    queries += [_CLOSED.format(prefix=prefix, grain="day") + within] if cover.days else []
    queries += [_of_days(by, scope, prefix)] if cover.open_days or not queries else []
    return replace(asked(queries, given), cover=cover)


def _of_days(by: Dimension, scope: Scope, prefix: str) -> str:
    """The rows of days in the daily roll-ups; everybody's projects are kept by hour."""
    if by == "project":
        return _PROJECTS_OF_DAYS.format(prefix=prefix)
    limits = " and organization_id = :organization_id" if scope.organization_id else ""
    if scope.project_id:
        limits += f" and {'project_id' if by == 'model' else 'within_project_id'} = :project_id"
    return _OF_DAYS.format(prefix=prefix, table=_TABLES[by], key=KEYS[by]) + limits


def asked(queries: Sequence[str], given: dict[str, object]) -> Parts:
    """One query of several, with the parameters it names."""
    query = " union all ".join(queries)
    return Parts(query, {name: value for name, value in given.items() if f":{name}" in query})


async def _covered(tx: Tx, by: Dimension, scope: Scope, window: Window) -> Cover:
    """A window of whole days, of closed months as far as they reach."""
    first, until = window.since.date(), _day_after(window.until)
    every = [first + timedelta(days=number) for number in range((until - first).days)]
    if by == "model":
        return Cover([], [], every)
    months, closed_days = await closed(tx, kind=by, since=first, until=until)
    rest = [day for day in every if day.replace(day=1) not in set(months)]
    if scope.organization_id is not None:
        return Cover(months, [], rest)
    known = set(closed_days)
    return Cover(months, [day for day in rest if day in known], [day for day in rest if day not in known])


async def _months(tx: Tx, by: Dimension, scope: Scope, window: Window) -> Sequence[date]:
    """The closed months inside the window that can stand for their hours."""
    is_inside = scope.project_id is not None and by != "project"
    if window.until - window.since < WORTH_MONTHS or is_inside or needs_records(by, scope, window):
        return []
    first = window.since.date() if window.since.time() == time() else window.since.date() + timedelta(days=1)
    return (await closed(tx, kind=by, since=first, until=window.until.date()))[0]


def gaps(grain: Grain, known: Sequence[date], window: Window) -> list[Window]:
    """The stretches of the window outside those days or months, which are in order."""
    found: list[Window] = []
    since = window.since
    for first in known:
        begins = datetime.combine(first, time(), UTC)
        if since < begins:
            found.append(Window(since, begins, window.step))
        since = datetime.combine(after(grain, first), time(), UTC)
    if since < window.until:
        found.append(Window(since, window.until, window.step))
    return found


def bounds(window: Window, number: str) -> dict[str, object]:
    """The parameters of a source; days are half-open too."""
    return {
        f"since{number}": window.since,
        f"until{number}": window.until,
        f"first_day{number}": window.since.date(),
        f"after_day{number}": _day_after(window.until),
        "step": window.step,
    }


def _day_after(until: datetime) -> date:
    """The first day that begins at an instant or later."""
    return until.date() if until.time() == time() else until.date() + timedelta(days=1)
