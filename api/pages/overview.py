"""The overview: money, requests and errors of a window, and what somebody should look at."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, get_args

from fastapi import Depends, Query, Request, Response

from api import analytics, processes, proofs
from api.analytics_shapes import ShownOverview, ShownPoint, ShownTotals
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Paging
from api.security import Principal, Transaction, needs
from api.temporal_link import temporal_of
from db import account_windows, attention, quarantine
from domain.analytics import Scope
from domain.window import WindowName, window_named

router = new_pages()
Reader = Annotated[Principal, Depends(needs("usage:read"))]
Named = Annotated[WindowName, Query(alias="window")]
_EVERYTHING = Scope()
_SHOWN_ORGANIZATIONS, _SHOWN_MODELS, _SHOWN_PROCESSES = 8, 8, 8


@dataclass(frozen=True, slots=True)
class Margin:
    """What stays of a currency's revenue after the provider's cost, and its part of the revenue."""

    amount: Decimal
    ratio: float


@router.get("", dependencies=[Depends(needs("costs:read"))])
async def show(request: Request, tx: Transaction, principal: Reader, name: Named = "30d") -> Response:
    """Everything at a glance."""
    window = window_named(name, datetime.now(UTC))
    found = await analytics.overview(principal, _EVERYTHING, window, tx)
    series = await analytics.series(principal, _EVERYTHING, window, tx)
    models = await analytics.breakdown("models", principal, _EVERYTHING, window, tx, "cost", _SHOWN_MODELS)
    largest = await account_windows.list_largest(tx, since=window.since, limit=_SHOWN_ORGANIZATIONS)
    currency = found.totals.cost[0].currency if found.totals.cost else "USD"
    return page(
        request,
        "overview/page.html",
        window=name,
        windows=get_args(WindowName),
        found=found,
        margin=margin_of(found.totals),
        changes=_changes(found),
        points=series.points,
        currency=currency,
        drawn=[_drawn(point, currency) for point in series.points],
        models=models.items,
        organizations=[row for row in largest if row.requests],
        is_empty=not largest,
    )


@router.get("/attention", dependencies=[Depends(needs("books:read"))])
async def show_attention(request: Request, tx: Transaction) -> Response:
    """What is open: proofs, money owed, mails, events, and how far the figures lag behind."""
    waits = await quarantine.total(tx)
    return page(
        request,
        "overview/attention.html",
        open=await attention.count(tx),
        proofs=await proofs.list_proofs(tx),
        quarantined=waits.records,
        at_stake_nanos=waits.at_stake_nanos,
        releasable=waits.releasable,
        now=datetime.now(UTC),
    )


@router.get("/waiting")
async def show_waiting(
    request: Request, principal: Annotated[Principal, Depends(needs("processes:read"))]
) -> Response:
    """Processes under way, and what they wait for; loaded by itself, because Temporal may be slow or down."""
    found = await processes.list_all(
        temporal=temporal_of(request),
        principal=principal,
        pages=Paging(_SHOWN_PROCESSES, None),
        running=True,
    )
    return page(request, "overview/waiting.html", processes=found.items)


def margin_of(totals: ShownTotals) -> Margin | None:
    """Revenue less cost, where both are in US dollars."""
    revenue = _revenue(totals)
    if revenue is None or totals.provider_cost is None:
        return None
    left = revenue - Decimal(totals.provider_cost)
    return Margin(left, float(left / revenue) if revenue else 0.0)


def _revenue(totals: ShownTotals) -> Decimal | None:
    """Revenue in US dollars; None when other currencies are in it, which cannot be added."""
    if any(amount.currency != "USD" for amount in totals.cost):
        return None
    return sum((Decimal(amount.amount) for amount in totals.cost), Decimal(0))


def _drawn(point: ShownPoint, currency: str) -> tuple[float, float]:
    """Revenue in the chart's currency and provider cost of one step, for drawing only."""
    revenue = sum(float(amount.amount) for amount in point.cost if amount.currency == currency)
    return revenue, float(point.provider_cost or 0)


def _changes(found: ShownOverview) -> dict[str, float | None]:
    """How much more or less than in the window before."""
    now, before = found.totals, found.before
    return {
        "requests": now.requests / before.requests - 1 if before.requests else None,
        "revenue": _change(_revenue(now), _revenue(before)),
    }


def _change(now: Decimal | None, before: Decimal | None) -> float | None:
    """The ratio of growth, where there is something to compare."""
    return float(now / before - 1) if now is not None and before else None
