"""What a series is summed from: closed days as they are, and the hours of the days that are not closed."""

from datetime import date
from typing import Literal

from db.analytics_parts import EVERYBODY, KEYS, Parts, asked, bounds, gaps
from db.analytics_sources import SUMS, source
from db.engine import Tx
from db.rollup_closings import closed
from domain.analytics import Dimension, Scope
from domain.window import DAY, Window

_CLOSED = f"""
select currency, since::timestamp at time zone 'UTC' as at, key, {SUMS} from usage_closed
 where kind = :kind and grain = 'day' and since = any (cast(:days as date[])) and organization_id = :whose"""  # noqa: S608 — constants of this package


async def stepped(tx: Tx, *, by: Literal["all", "model"], scope: Scope, window: Window) -> Parts:
    """The rows of a series: `currency`, `at`, `key` (of a model `provider/model`) and the sums."""
    kind = _kind(by, scope) if window.step >= DAY else None
    days = [] if kind is None else (await _days(tx, kind, window))
    key = KEYS["model"] if by == "model" else "''"
    queries: list[str] = []
    given: dict[str, object] = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    for number, gap in enumerate(gaps("day", days, window)):
        rows = source(by, scope, gap, str(number))
        queries.append(f"select currency, at, {key} as key, {SUMS} from ({rows}) s{number}")  # noqa: S608 — constants of this package
        given |= bounds(gap, str(number))
    if days:
        queries.append(_CLOSED + (" and key = :key_of_project" if scope.project_id else ""))
        whose = scope.organization_id or EVERYBODY
        given |= {"kind": kind, "days": days, "whose": whose, "key_of_project": str(scope.project_id)}
    return asked(queries, given)


async def _days(tx: Tx, kind: Dimension, window: Window) -> list[date]:
    """The closed days that lie wholly in a window of whole days."""
    return list((await closed(tx, kind=kind, since=window.since.date(), until=window.until.date()))[1])


def _kind(by: Literal["all", "model"], scope: Scope) -> Dimension | None:
    """Of which closed days a series can be summed; an organization's hours without models are few already."""
    if scope.project_id is not None:
        return "project" if by == "all" else None
    return "model" if by == "model" or scope.organization_id is None else None
