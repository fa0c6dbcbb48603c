"""The roll-ups: which tables there are, what they sum, and from which facts."""

from dataclasses import dataclass

SUMS = (
    "requests",
    "errors",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "amount_nanos",
    "cost_nanos",
    "duration_ms",
    "timed",
)
# The organization of zeros is everybody, the project of zeros is none.
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of sums by `keys`; only records where `present` is not null count in it."""

    table: str
    keys: tuple[str, ...]
    present: str | None = None
    has_slots: bool = True


ROLLUPS = (
    Rollup("usage_by_hour", ("organization_id", "hour"), has_slots=False),
    Rollup("usage_by_model", ("organization_id", "hour", "provider", "model")),
    Rollup("usage_by_project", ("hour", "organization_id", "project_id"), "project_id"),
    Rollup(
        "usage_by_project_model",
        ("day", "organization_id", "project_id", "provider", "model"),
        "project_id",
        has_slots=False,
    ),
    Rollup("usage_by_user", ("day", "organization_id", "end_user", "within_project_id"), "end_user"),
    Rollup("usage_by_key", ("day", "organization_id", "api_key_id", "within_project_id"), "api_key_id"),
    Rollup("usage_by_bot", ("day", "organization_id", "bot_id", "within_project_id"), "bot_id"),
    Rollup("usage_by_platform", ("hour", "currency", "provider", "model")),
)
# One row per priced record: its keys and what it adds. Slot n is the n-th five minutes of the day (UTC).
FACTS = f"""
select u.organization_id, date_trunc('hour', u.occurred_at, 'UTC') as hour,
       (u.occurred_at at time zone 'UTC')::date as day, u.provider, u.model, u.project_id,
       coalesce(u.project_id, {NOBODY}) as within_project_id, u.end_user, u.api_key_id, u.bot_id,
       b'1'::bit(288) >> (extract(epoch from u.occurred_at)::bigint % 86400 / 300)::integer as slots,
       1 as requests, (u.status <> 'ok')::integer as errors, u.input_tokens, u.output_tokens, u.cached_input_tokens,
       u.amount_nanos, coalesce(u.cost_nanos, 0) as cost_nanos,
       coalesce(u.duration_ms, 0) as duration_ms, (u.duration_ms is not null)::integer as timed
  from usage u
 where u.state = 'priced'"""  # noqa: S608 — constants of this file


def sums(rollup: Rollup) -> str:
    """The aggregates of a roll-up's row."""
    totals = [f"sum({name})" for name in SUMS]
    return ", ".join([*totals, *(["bit_or(slots)"] if rollup.has_slots else [])])


def columns(rollup: Rollup) -> str:
    """The columns those aggregates go to."""
    return ", ".join([*SUMS, *(["slots"] if rollup.has_slots else [])])


def grouped(rollup: Rollup, source: str) -> str:
    """A query that sums the rows of `source` as the roll-up does."""
    if "currency" in rollup.keys:
        source = _with_currency(rollup, source)
    keys = ", ".join(rollup.keys)
    present = f" where {rollup.present} is not null" if rollup.present else ""
    return f"select {keys}, {sums(rollup)} from {source}{present} group by {keys}"  # noqa: S608 — constants of this file


def _with_currency(rollup: Rollup, source: str) -> str:
    """The rows of `source`, summed by organization and with its currency: a few rows meet the wallets, not all."""
    keys = ", ".join(["organization_id", *(key for key in rollup.keys if key != "currency")])
    named = ", ".join([*(f"sum({name}) as {name}" for name in SUMS), "bit_or(slots) as slots"])
    return f"(select * from (select {keys}, {named} from {source} group by {keys}) s join wallets using (organization_id)) w"  # noqa: S608 — constants of this file
