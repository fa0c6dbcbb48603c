"""What a breakdown is summed from: closed months as they are, and the days or hours around them.

Every source gives the same columns: `currency`, `key` and the sums. A key is a model as `provider/model`, or the
id of a project, user, API key or bot.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from db.analytics_sources import SUMS, needs_records, source
from db.engine import Tx
from db.rollup_months import closed
from domain.analytics import Dimension, Scope
from domain.window import DAY, Window

WORTH_MONTHS = 28 * DAY
_KEYS: dict[Dimension, str] = {
    "model": "provider || '/' || model",
    "project": "project_id::text",
    "user": "end_user",
    "key": "api_key_id",
    "bot": "bot_id",
}
_OF_ORGANIZATIONS = f"""
select w.currency, t.key, {SUMS} from usage_by_month t join wallets w on w.organization_id = t.organization_id
 where t.kind = :kind and t.month = any (cast(:months as date[]))"""  # noqa: S608 — constants of this package
_OF_PLATFORM = f"""
select split_part(t.key, '/', 1) as currency, substr(t.key, strpos(t.key, '/') + 1) as key, {SUMS} from usage_by_month t
 where t.kind = 'platform' and t.organization_id = '00000000-0000-0000-0000-000000000000'
   and t.month = any (cast(:months as date[]))"""  # noqa: S608 — constants of this package


@dataclass(frozen=True, slots=True)
class Parts:
    """A query with its parameters."""

    query: str
    given: dict[str, object]


async def parts(tx: Tx, *, by: Dimension, scope: Scope, window: Window) -> Parts:
    """The rows to sum for a breakdown of a window."""
    is_platform = by == "model" and scope.organization_id is None
    kind = "platform" if is_platform else by
    months = await _months(tx, kind, by, scope, window)
    given: dict[str, object] = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    queries: list[str] = []
    for number, gap in enumerate(_gaps(months, window)):
        rows = source(by, scope, gap, str(number))
        queries.append(f"select currency, {_KEYS[by]} as key, {SUMS} from ({rows}) s{number}")  # noqa: S608 — constants of this package
        given |= bounds(gap, str(number))
    if months:
        limit = " and t.organization_id = :organization_id" if scope.organization_id else ""
        queries.append(_OF_PLATFORM if is_platform else _OF_ORGANIZATIONS + limit)
        given |= {"months": months, "kind": kind}
    query = " union all ".join(queries)
    return Parts(query, {name: value for name, value in given.items() if f":{name}" in query})


async def _months(tx: Tx, kind: str, by: Dimension, scope: Scope, window: Window) -> list[date]:
    """The closed months inside the window that can stand for their days."""
    if window.until - window.since < WORTH_MONTHS or scope.project_id or needs_records(by, scope, window):
        return []
    first = window.since.date() if window.since.time() == time() else window.since.date() + timedelta(days=1)
    return await closed(tx, kind=kind, since=first, until=window.until.date())


def _gaps(months: list[date], window: Window) -> list[Window]:
    """The stretches of the window outside those months."""
    gaps: list[Window] = []
    since = window.since
    for month in months:
        begins = datetime.combine(month, time(), UTC)
        if since < begins:
            gaps.append(Window(since, begins, window.step))
        since = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    if since < window.until:
        gaps.append(Window(since, window.until, window.step))
    return gaps


def bounds(window: Window, number: str) -> dict[str, object]:
    """The parameters of a source; days are half-open too."""
    last = window.until.date()
    after = last if window.until.time() == time() else last + timedelta(days=1)
    return {
        f"since{number}": window.since,
        f"until{number}": window.until,
        f"first_day{number}": window.since.date(),
        f"after_day{number}": after,
    }
