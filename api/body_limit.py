"""No body larger than its route allows: refused by its announced length, else while it is read."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

DEFAULT_BYTES = 1024 * 1024


class BodyLimitMiddleware:
    """`larger` names the paths (by prefix) that may take more than a mebibyte, in bytes."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self.app = app
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            answer = problem(Request(scope), 413, "too_large", _detail(limit), limit_bytes=limit)
            await answer(scope, receive, send)
            return
        await self.app(scope, _counted(receive, limit), send)

    def _limit(self, path: str) -> int:
        """The limit of the longest prefix that matches, in bytes."""
        matching = [prefix for prefix in self.larger if path.startswith(prefix)]
        return self.larger[max(matching, key=len)] if matching else DEFAULT_BYTES


def _counted(receive: Receive, limit: int) -> Receive:
    """A `receive` that refuses the byte after the limit (a body sent in chunks announces no length)."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, _detail(limit))
        return message

    return counted


def _detail(limit: int) -> str:
    """The remedy."""
    return f"The body is larger than the {limit} bytes this route takes; send it in several calls"
