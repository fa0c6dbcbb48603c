"""Prometheus: requests by route, method and status; other rooms' counters live in the same registry."""

import time

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.security import public

router = APIRouter(tags=["operations"])

REQUESTS = Counter("backoffice_http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram(
    "backoffice_http_request_duration_seconds",
    "Time to the end of the answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OPEN_REQUESTS = Gauge("backoffice_http_requests_open", "Requests being answered")
# Nobody was answered, and nothing of ours failed: the status that proxies log for it.
CALLER_LEFT = 499

_UNLOGGED = frozenset({"/v1/usage", "/healthz", "/readyz", "/metrics"})
log = structlog.get_logger(__name__)


class MetricsMiddleware:
    """Counts and times each request under its route's pattern, so that ids do not multiply the series."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with OPEN_REQUESTS.track_inprogress():
            try:
                await self.app(scope, receive, noting)
                status = status or CALLER_LEFT
            finally:
                _note(scope, status or 500, time.perf_counter() - started)


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Counts an answer, and logs it unless it is one of thousands a second."""
    route = str(getattr(scope.get("route"), "path", "unmatched"))
    REQUESTS.labels(scope["method"], route, status).inc()
    DURATION.labels(scope["method"], route).observe(seconds)
    if route not in _UNLOGGED:
        log.info("answered", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


@router.get("/metrics", response_class=Response, openapi_extra={"security": []})
@public("scraped from inside the network; holds counts, no names")
async def metrics(request: Request) -> Response:
    """The counters in Prometheus' text format."""
    del request
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
