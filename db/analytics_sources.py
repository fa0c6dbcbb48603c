"""Where a dashboard's figures come from: the narrowest roll-up that answers, or the records of a short window.

Every source gives the same columns: `currency`, `at`, the keys it has, and the sums.
"""

from typing import Literal

from domain.analytics import Dimension, Scope
from domain.window import DAY, Window

SUMS = """requests, errors, input_tokens, output_tokens, cached_input_tokens, amount_nanos, cost_nanos,
       duration_ms, timed"""
# Summed by organization before the wallets are met: few rows meet them, not all.
_RECORDS = """
select w.currency, r.* from (
  select u.organization_id, date_bin(:step, u.occurred_at, 'epoch') as at{keys}, count(*) as requests,
         count(*) filter (where u.status <> 'ok') as errors, sum(u.input_tokens)::bigint as input_tokens,
         sum(u.output_tokens)::bigint as output_tokens, sum(u.cached_input_tokens)::bigint as cached_input_tokens,
         sum(u.amount_nanos)::bigint as amount_nanos, coalesce(sum(u.cost_nanos), 0)::bigint as cost_nanos,
         coalesce(sum(u.duration_ms), 0)::bigint as duration_ms, count(u.duration_ms) as timed
    from usage u
   where u.state = 'priced' and u.occurred_at >= :since{n} and u.occurred_at < :until{n}{limits}
   group by u.organization_id, 2{keys}) r join wallets w using (organization_id)"""
_ROLLUPS: dict[str, tuple[str, str, str]] = {
    "all": ("usage_by_hour", "hour", "hour"),
    "model": ("usage_by_model", "provider, model", "hour"),
    "project": ("usage_by_project", "project_id", "hour"),
    "project's model": ("usage_by_project_model", "provider, model", "day"),
    "user": ("usage_by_user", "end_user", "day"),
    "key": ("usage_by_key", "api_key_id", "day"),
    "bot": ("usage_by_bot", "bot_id", "day"),
}
_PLATFORM = f"""
select currency, hour as at, provider, model, {SUMS} from usage_by_platform where hour >= :since{{n}} and hour < :until{{n}}"""  # noqa: S608 — constants of this file
_PRESENT = {"project": "project_id", "user": "end_user", "key": "api_key_id", "bot": "bot_id"}
_WITHIN = ("user", "key", "bot")


def source(by: Dimension | Literal["all"], scope: Scope, window: Window, number: str = "") -> str:
    """The query that gives the rows of a window; `number` follows the names of its parameters."""
    if needs_records(by, scope, window):
        return _records(by, scope, number)
    if by in ("all", "model") and scope.organization_id is None and scope.project_id is None:
        return _PLATFORM.format(n=number)
    if scope.project_id is None or by in _WITHIN:
        return _rolled(by, scope).format(n=number)
    return _rolled("project's model" if by == "model" else "project", scope).format(n=number)


def _records(by: Dimension | Literal["all"], scope: Scope, number: str) -> str:
    """The records of a window, summed by step."""
    keys = "" if by == "all" else _ROLLUPS[by][1]
    present = f" and u.{_PRESENT[by]} is not null" if by in _PRESENT else ""
    named = "".join(f", u.{name}" for name in keys.split(", ") if name)
    limits = present + _limits(scope, "u.project_id", "u")
    return _RECORDS.format(keys=named, n=number, limits=limits)


def needs_records(by: str, scope: Scope, window: Window) -> bool:
    """Short windows, and what is kept by day in a window of hours."""
    return window.is_short or (is_kept_by_day(by, scope) and window.step < DAY)


def is_kept_by_day(by: str, scope: Scope) -> bool:
    """Users, keys and bots, the models of a project, and everybody's projects."""
    everybodys = by == "project" and scope.organization_id is None and scope.project_id is None
    return by in _WITHIN or everybodys or (by == "model" and scope.project_id is not None)


def _rolled(by: str, scope: Scope) -> str:
    """The rows of one roll-up."""
    table, keys, grain = _ROLLUPS[by]
    at = "hour" if grain == "hour" else "t.day::timestamp at time zone 'UTC'"
    within = "t.hour >= :since{n} and t.hour < :until{n}"
    if grain == "day":
        within = "t.day >= :first_day{n} and t.day < :after_day{n}"
    project = "t.within_project_id" if by in _WITHIN else "t.project_id"
    return f"""
select w.currency, {at} as at, t.organization_id, {keys}, {SUMS}
  from {table} t join wallets w on w.organization_id = t.organization_id
 where {within}{_limits(scope, project, "t")}"""  # noqa: S608 — constants of this file


def _limits(scope: Scope, project: str, table: str) -> str:
    """The rows of the scope."""
    limits = f" and {table}.organization_id = :organization_id" if scope.organization_id else ""
    return limits + (f" and {project} = :project_id" if scope.project_id else "")
