"""The short way for the one call that comes thousands of times a second: `POST /v1/usage` past routing and dependencies.

Routing, dependency solving and six middlewares cost three times what taking a record in costs. The route stays
declared for the description, the permission table and every other method; this answers the same function with the
same request id, limit, problem documents and metrics.
"""

import time
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.metrics import CALLER_LEFT, DURATION, OPEN_REQUESTS, REQUESTS
from api.request_id import SCOPE_KEY, acceptable
from api.usage_intake.body import LARGEST_BYTES, TooManyRecords
from api.usage_intake.route import report_usage
from domain.errors import Refusal

PATH = "/v1/usage"
_DURATION = DURATION.labels("POST", PATH)
_ANSWERED = REQUESTS.labels("POST", PATH, 200)
log = structlog.get_logger(__name__)


class ShortWay:
    """Answers `POST /v1/usage` itself and passes everything else on to `app`."""

    def __init__(self, app: ASGIApp, state_of: ASGIApp) -> None:
        self.app = app
        self.state_of = state_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        with OPEN_REQUESTS.track_inprogress():
            status = await self._answer(scope, receive, send)
        answered = _ANSWERED if status == 200 else REQUESTS.labels("POST", PATH, status)
        answered.inc()
        _DURATION.observe(time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """The status of the answer, or that there was nobody left to answer."""
        scope["app"] = self.state_of
        request = Request(scope, receive)
        request_id = acceptable(request.headers.get("x-request-id", "")) or uuid4().hex
        scope[SCOPE_KEY] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                response = await _answered(request)
            except ClientDisconnect:
                log.info("the caller left", path=PATH)
                return CALLER_LEFT
        response.headers["X-Request-Id"] = request_id
        await response(scope, receive, send)
        return response.status_code


async def _answered(request: Request) -> Response:
    try:
        await _read(request)
        return await report_usage(request)
    except Refusal as refusal:
        return await problems.answer_refusal(request, refusal)
    except HTTPException as refusal:
        return await problems.answer_http(request, refusal)
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001 — the last place that can answer; it is logged with its trace
        return await problems.answer_unexpected(request, error)


async def _read(request: Request) -> None:
    """Reads the body, at most as much as a call may carry.

    Raises:
        TooManyRecords: it is larger.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BYTES:
        raise _too_large()
    if announced.isdigit():
        await request.body()
        return
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise _too_large()
        chunks.append(chunk)
    request._body = b"".join(chunks)


def _too_large() -> TooManyRecords:
    return TooManyRecords(f"The body is larger than {LARGEST_BYTES} bytes; send it in several calls")
