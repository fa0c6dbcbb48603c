"""What the organization used: cost and requests over time, and by model, project and key."""

from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from fastapi import Depends, Query, Request, Response

from api import analytics
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.security import Principal, Transaction, needs
from domain.analytics import Scope
from domain.window import DAY, WindowName, window_named

router = new_portal("/usage")
By = Literal["models", "projects", "keys", "users", "bots"]
_MOST = 25


@router.get("")
async def show(
    request: Request,
    tx: Transaction,
    organization_id: Mine,
    principal: Annotated[Principal, Depends(needs("usage:read"))],
    name: Annotated[WindowName, Query(alias="window")] = "30d",
    by: By = "models",
) -> Response:
    """Totals, their course, and the largest parts."""
    window = window_named(name, datetime.now(UTC))
    scope = Scope(organization_id=organization_id, project_id=None)
    points = (await analytics.series(principal, scope, window, tx)).points
    return page(
        request,
        "portal/usage.html",
        window=name,
        windows=get_args(WindowName),
        by=by,
        by_days=window.step >= DAY,
        kinds=get_args(By),
        totals=(await analytics.overview(principal, scope, window, tx)).totals,
        points=points,
        drawn=[float(point.cost[0].amount) if point.cost else 0.0 for point in points],
        parts=(await analytics.breakdown(by, principal, scope, window, tx, "cost", _MOST)).items,
    )
