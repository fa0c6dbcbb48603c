"""Where a dashboard's figures come from: the narrowest roll-up that answers, or the records of a short window.

Every source gives the same columns: `currency`, `at`, the keys it has, and the sums.
"""

from typing import Literal

from domain.analytics import Dimension, Scope
from domain.window import DAY, Window

SUMS = """requests, errors, input_tokens, output_tokens, cached_input_tokens, amount_nanos, cost_nanos,
       duration_ms, timed"""
_RECORDS = """
select w.currency, u.occurred_at as at, u.organization_id, u.provider, u.model, u.project_id, u.end_user, u.api_key_id,
       u.bot_id, 1 as requests, (u.status <> 'ok')::integer as errors, u.input_tokens, u.output_tokens,
       u.cached_input_tokens, u.amount_nanos, coalesce(u.cost_nanos, 0) as cost_nanos,
       coalesce(u.duration_ms, 0) as duration_ms, (u.duration_ms is not null)::integer as timed
  from usage u join wallets w on w.organization_id = u.organization_id
 where u.state = 'priced' and u.occurred_at >= :since{n} and u.occurred_at < :until{n}"""
_ROLLUPS: dict[str, tuple[str, str, str]] = {
    "all": ("usage_by_hour", "hour", "hour"),
    "model": ("usage_by_model", "provider, model", "hour"),
    "project": ("usage_by_project", "project_id", "hour"),
    "user": ("usage_by_user", "end_user", "day"),
    "key": ("usage_by_key", "api_key_id", "day"),
    "bot": ("usage_by_bot", "bot_id", "day"),
}
_PLATFORM = f"""
select currency, hour as at, provider, model, {SUMS} from usage_by_platform where hour >= :since{{n}} and hour < :until{{n}}"""  # noqa: S608 — constants of this file
_PRESENT = {"project": "project_id", "user": "end_user", "key": "api_key_id", "bot": "bot_id"}


def source(by: Dimension | Literal["all"], scope: Scope, window: Window, number: str = "") -> str:
    """The query that gives the rows of a window; `number` follows the names of its parameters."""
    if needs_records(by, scope, window):
        present = f" and u.{_PRESENT[by]} is not null" if by in _PRESENT else ""
        return _RECORDS.format(n=number) + present + _limits(scope, "u")
    if by in ("all", "model") and scope.organization_id is None and scope.project_id is None:
        return _PLATFORM.format(n=number)
    return _rolled("project" if scope.project_id else by, scope).format(n=number)


def needs_records(by: str, scope: Scope, window: Window) -> bool:
    """Short windows, days cut into hours, and a project's models, users, keys and bots."""
    cut_day = by in ("user", "key", "bot") and window.until - window.since < DAY
    inside_project = scope.project_id is not None and by not in ("all", "project")
    return window.is_short or cut_day or inside_project


def _rolled(by: str, scope: Scope) -> str:
    """The rows of one roll-up."""
    table, keys, grain = _ROLLUPS[by]
    at = "hour" if grain == "hour" else "t.day::timestamp at time zone 'UTC'"
    within = "t.hour >= :since{n} and t.hour < :until{n}"
    if grain == "day":
        within = "t.day >= :first_day{n} and t.day < :after_day{n}"
    return f"""
select w.currency, {at} as at, t.organization_id, {keys}, {SUMS}
  from {table} t join wallets w on w.organization_id = t.organization_id
 where {within}{_limits(scope, "t")}"""  # noqa: S608 — constants of this file


def _limits(scope: Scope, table: str) -> str:
    """The rows of the scope."""
    organization = f" and {table}.organization_id = :organization_id" if scope.organization_id else ""
    project = f" and {table}.project_id = :project_id" if scope.project_id else ""
    return organization + project
