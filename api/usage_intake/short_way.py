"""The short way for the one call that comes thousands of times a second: `POST /v1/usage` past routing and dependencies.

Routing, dependency solving and six middlewares cost three times what taking a record in costs. The route stays
declared for the description, the permission table and every other method; this answers the same function with the
same request id, limit, problem documents and metrics.
"""

import time

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.metrics import CALLER_LEFT, DURATION, OPEN_REQUESTS, REQUESTS
from api.request_id import SCOPE_KEY, acceptable, fresh
from api.usage_intake.body import LARGEST_BYTES, TooManyRecords
from api.usage_intake.route import report_usage
from domain.errors import Refusal

PATH = "/v1/usage"
_DURATION = DURATION.labels("POST", PATH)
_ANSWERED = REQUESTS.labels("POST", PATH, 200)
log = structlog.get_logger(__name__)


def reports_usage(scope: Scope) -> bool:
    """Whether this is the call that has a way of its own."""
    return scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"


async def answer_usage(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers one report of usage to the application, and counts it."""
    began = time.perf_counter()
    scope["app"] = app
    with OPEN_REQUESTS.track_inprogress():
        status = await _answer(scope, receive, send)
    answered = _ANSWERED if status == 200 else REQUESTS.labels("POST", PATH, status)
    answered.inc()
    _DURATION.observe(time.perf_counter() - began)


async def _answer(scope: Scope, receive: Receive, send: Send) -> int:
    """The status of the answer, or that there was nobody left to answer."""
    request = Request(scope, receive)
    request_id = acceptable(request.headers.get("x-request-id", "")) or fresh()
    scope[SCOPE_KEY] = request_id
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            response = await _answered(request, receive)
        except ClientDisconnect:
            log.info("the caller left", path=PATH)
            return CALLER_LEFT
    response.headers["X-Request-Id"] = request_id
    await response(scope, receive, send)
    return response.status_code


async def _answered(request: Request, receive: Receive) -> Response:
    try:
        await _read(request, receive)
        return await report_usage(request)
    except Refusal as refusal:
        return await problems.answer_refusal(request, refusal)
    except HTTPException as refusal:
        return await problems.answer_http(request, refusal)
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001 — the last place that can answer; it is logged with its trace
        return await problems.answer_unexpected(request, error)


async def _read(request: Request, receive: Receive) -> None:
    """Reads the body, at most as much as a call may carry.

    Raises:
        TooManyRecords: it is larger.
        ClientDisconnect: the caller left before its end.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST_BYTES:
            raise _too_large()
        more = message.get("more_body", False)
    request._body = b"".join(chunks)


def _too_large() -> TooManyRecords:
    return TooManyRecords(f"The body is larger than {LARGEST_BYTES} bytes; send it in several calls")
