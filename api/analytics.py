"""Dashboards: totals, series and breakdowns of a project, an organization or the platform."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query

from api.analytics_shapes import (
    ShownBreakdown,
    ShownModelSeries,
    ShownOverview,
    ShownSeries,
    ShownUserSeries,
    shown_breakdown,
    shown_model,
    shown_overview,
    shown_series,
    shown_users,
)
from api.instants import Moment
from api.routing import new_router
from api.security import Principal, Transaction, needs
from db import analytics
from domain.analytics import Dimension, Scope
from domain.errors import Invalid
from domain.ids import read
from domain.window import Window, WindowName, window_between, window_named

router = new_router(prefix="/v1/analytics", tag="analytics")
Reader = Annotated[Principal, Depends(needs("usage:read"))]
Id = Annotated[str | None, Query(max_length=64)]
Order = Annotated[Literal["cost", "requests"], Query(description="Which parts are the largest")]
Most = Annotated[int, Query(ge=1, le=500)]
BY: dict[str, Dimension] = {
    "models": "model",
    "projects": "project",
    "users": "user",
    "keys": "key",
    "bots": "bot",
}


def asked_scope(principal: Reader, organization_id: Id = None, project_id: Id = None) -> Scope:
    """Whose usage: clients see their own, a project's key its project's."""
    organization = None if organization_id is None else read("org", organization_id)
    project = principal.project_id or (None if project_id is None else read("prj", project_id))
    if organization is None:
        principal.require_whole_house("organization_id: name one of the organizations you are assigned to")
    return Scope(organization_id=principal.organization_filter(organization), project_id=project)


def asked_window(
    window: WindowName = "1d",
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Window:
    """A named window that ends now, or any from and to."""
    if since is None and until is None:
        return window_named(window, datetime.now(UTC))
    if since is None:
        raise Invalid("from: a window with an end needs a beginning")
    return window_between(since, until or datetime.now(UTC))


Asked = Annotated[Scope, Depends(asked_scope)]
Through = Annotated[Window, Depends(asked_window)]


@router.get("/overview")
async def overview(principal: Reader, scope: Asked, window: Through, tx: Transaction) -> ShownOverview:
    """Totals and averages, beside those of the window before."""
    found = await analytics.overview(tx, scope=scope, window=window)
    return shown_overview(found, costs=principal.can("costs:read"))


@router.get("/series")
async def series(principal: Reader, scope: Asked, window: Through, tx: Transaction) -> ShownSeries:
    """Cost, tokens, latency and errors over time."""
    found = await analytics.series(tx, scope=scope, window=window)
    return shown_series(found, costs=principal.can("costs:read"))


@router.get("/models/series")
async def models_series(
    principal: Reader,
    scope: Asked,
    window: Through,
    tx: Transaction,
    model: Annotated[list[str], Query(min_length=1, max_length=12, description="`provider/model`")],
) -> list[ShownModelSeries]:
    """Models side by side."""
    wanted = [(provider, name) for provider, _, name in (text.partition("/") for text in model)]
    found = await analytics.model_series(tx, scope=scope, window=window, models=wanted)
    return [shown_model(one, costs=principal.can("costs:read")) for one in found]


@router.get("/users/series")
async def users_series(
    principal: Reader, scope: Asked, window: Through, tx: Transaction
) -> list[ShownUserSeries]:
    """Active users day by day, with the averages per user."""
    found = await analytics.user_series(tx, scope=scope, window=window)
    return [shown_users(point, costs=principal.can("costs:read")) for point in found]


@router.get("/{dimension}")
async def breakdown(
    dimension: Literal["models", "projects", "users", "keys", "bots"],
    principal: Reader,
    scope: Asked,
    window: Through,
    tx: Transaction,
    order: Order = "cost",
    limit: Most = 50,
) -> ShownBreakdown:
    """The largest parts and their share of the whole."""
    by = BY[dimension]
    found = await analytics.breakdown(tx, by=by, scope=scope, window=window, limit=limit, order=order)
    return shown_breakdown(found, by=by, costs=principal.can("costs:read"))
