"""One id for each request: taken from `X-Request-Id` or made here, in every log line and every answer."""

import re
import secrets
from itertools import count

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
SCOPE_KEY = "backoffice.request_id"
_PROCESS = secrets.token_hex(10)
_NUMBERS = count()


def acceptable(given: str) -> str:
    """The id a caller gave, or nothing when it is not a plain one."""
    return given if _ACCEPTABLE.fullmatch(given) else ""


def fresh() -> str:
    """A new id: unique, no secret; 32 hexadecimal digits, of which the process's requests share the first twenty."""
    return f"{_PROCESS}{next(_NUMBERS):012x}"


def request_id_of(scope: Scope) -> str:
    """The id of a request."""
    return str(scope.get(SCOPE_KEY, ""))


class RequestIdMiddleware:
    """Binds the id to the log context and returns it in `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = acceptable(given) or fresh()
        scope[SCOPE_KEY] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, send_with_id)
