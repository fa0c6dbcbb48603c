"""Analytics: a window's totals, series and largest parts of the platform, an organization or a project."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal, cast, get_args

from fastapi import Depends, Query, Request, Response

from api import analytics as doors
from api.analytics_shapes import ShownOverview, shown_model, shown_totals
from api.pages.asking import Chosen, given, organization_visible, organizations_offered
from api.pages.render import page
from api.pages.routing import new_pages
from api.security import Principal, Transaction, needs
from db import analytics
from db.engine import Tx
from domain.analytics import Amount, ModelSeries, Scope, Totals, together
from domain.errors import Invalid
from domain.ids import read
from domain.window import Window, WindowName, window_named

router = new_pages("/analytics")
Reader = Annotated[Principal, Depends(needs("usage:read"))]
By = Literal["models", "projects", "users", "keys", "bots"]
Order = Literal["cost", "requests"]
WINDOWS = get_args(WindowName)
_MOST = 50


@router.get("")
async def show(
    request: Request, tx: Transaction, principal: Reader, by: By = "models", order: Order = "cost"
) -> Response:
    """Totals beside those of the window before, their course, and the largest parts."""
    asked = given(request)
    chosen, scope, window = await asked_for(tx, asked, principal)
    overview = await doors.overview(principal, scope, window, tx)
    series = await doors.series(principal, scope, window, tx)
    parts = await doors.breakdown(by, principal, scope, window, tx, order, _MOST)
    return page(
        request,
        "analytics/page.html",
        chosen=chosen,
        asked=asked,
        window=asked.get("window", "7d"),
        windows=WINDOWS,
        by=by,
        order=order,
        found=overview,
        changes=changes(overview),
        points=series.points,
        currencies=[amount.currency for amount in overview.totals.cost],
        parts=parts,
        users=await doors.users_series(principal, scope, window, tx) if by == "users" else [],
        offered=await organizations_offered(tx),
    )


@router.get("/models")
async def compare(
    request: Request,
    tx: Transaction,
    principal: Reader,
    model: Annotated[list[str], Query(max_length=12, default_factory=list)],
) -> Response:
    """Models side by side."""
    asked = given(request)
    chosen, scope, window = await asked_for(tx, asked, principal)
    offered = await doors.breakdown("models", principal, scope, window, tx, "cost", _MOST)
    wanted = model or list(dict.fromkeys(part.key for part in offered.items))[:3]
    pairs = [(provider, name) for provider, _, name in (key.partition("/") for key in wanted)]
    series = await analytics.model_series(tx, scope=scope, window=window, models=pairs)
    costs = principal.can("costs:read")
    return page(
        request,
        "analytics/models.html",
        chosen=chosen,
        window=asked.get("window", "7d"),
        windows=WINDOWS,
        wanted=wanted,
        known=list(dict.fromkeys(part.key for part in offered.items)),
        series=[shown_model(one, costs=costs) for one in series],
        totals=[shown_totals(whole(one), costs=costs) for one in series],
        has_usage=any(point.totals.requests for one in series for point in one.points),
        offered=await organizations_offered(tx),
    )


async def asked_for(
    tx: Tx, asked: dict[str, str], principal: Principal
) -> tuple[Chosen | None, Scope, Window]:
    """Whose usage, through which window; contractors begin with a client of theirs.

    Raises:
        Invalid: there is no such organization or window.
    """
    name = asked.get("window", "7d")
    if name not in WINDOWS:
        raise Invalid(f"window: choose one of {', '.join(WINDOWS)}")
    chosen = await organization_visible(tx, asked, principal)
    project = read("prj", asked["project_id"]) if "project_id" in asked else None
    scope = Scope(organization_id=chosen.id if chosen else None, project_id=project)
    return chosen, scope, window_named(cast("WindowName", name), datetime.now(UTC))


def whole(series: ModelSeries) -> Totals:
    """The sums of a series, one amount for each currency."""
    sums = together([point.totals for point in series.points])
    amounts: dict[str, int] = {}
    for amount in sums.amounts:
        amounts[amount.currency] = amounts.get(amount.currency, 0) + amount.nanos
    return replace(sums, amounts=tuple(Amount(currency, nanos) for currency, nanos in amounts.items()))


def changes(found: ShownOverview) -> dict[str, float | None]:
    """How much more (or less) than in the window before, as a ratio of it."""
    now, before = found.totals, found.before
    names = ("requests", "errors", "input_tokens", "output_tokens", "average_duration_ms")
    return {name: _change(getattr(now, name), getattr(before, name)) for name in names}


def _change(now: int | None, before: int | None) -> float | None:
    return (now - before) / before if now is not None and before else None
