"""How many users were active day by day, and what they came to: from the heads of long days, else from the days."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import text

from db.analytics_parts import EVERYBODY, NO_PROJECT, bounds
from db.analytics_sources import source
from db.engine import Tx
from db.rollup_tables import SUMS
from db.rows import AnyRow
from domain.analytics import Scope
from domain.window import Window

_TOTALS = ", ".join(f"coalesce(sum({name}), 0)::bigint as {name}" for name in SUMS)
_HEADS = f"""
select since as day, currency, active, {", ".join(SUMS)} from usage_tops
 where organization_id = :whose and kind = 'user' and project_id = :within and grain = 'day'
   and since >= :first_day and since < :after_day"""  # noqa: S608 — constants of this file
_DAYS = f"""
select (at at time zone 'UTC')::date as day, currency, count(distinct (organization_id, end_user)) as active, {_TOTALS}
  from ({{rows}}) s group by 1, 2"""  # noqa: S608 — constants of this file


async def active_users(tx: Tx, *, scope: Scope, window: Window) -> Sequence[AnyRow]:
    """Rows of `day`, `currency`, `active` and the sums, for the days of a window on which a user was active."""
    given = bounds(window, "")
    heads = {
        "whose": scope.organization_id or EVERYBODY,
        "within": scope.project_id or NO_PROJECT,
        "first_day": given["first_day"],
        "after_day": given["after_day"],
    }
    found = list((await tx.execute(text(_HEADS), heads)).all())
    whose = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    known = {row.day for row in found}
    for first, after in _stretches(known, window):
        query = _DAYS.format(rows=source("user", scope, window))
        facts = {**whose, **given, "first_day": first, "after_day": after}
        asked = {name: value for name, value in facts.items() if f":{name}" in query}
        found += await tx.execute(text(query), asked)
    return found


def _stretches(known: set[date], window: Window) -> list[tuple[date, date]]:
    """The days of a window that are not known, as stretches: the first, and the first after."""
    stretches: list[tuple[date, date]] = []
    for at in window.points():
        day, after = at.date(), at.date() + timedelta(days=1)
        if day in known:
            continue
        if stretches and stretches[-1][1] == day:
            stretches[-1] = (stretches[-1][0], after)
        else:
            stretches.append((day, after))
    return stretches
