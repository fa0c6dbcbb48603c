"""A mistake of ours: logged once with its trace and the request's id, answered without it."""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

log = structlog.get_logger(__name__)


class FaultMiddleware:
    """Innermost, so that the answer still gets its id and is counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            log.info("the caller left", path=scope["path"])
        except Exception:
            log.exception("request failed", path=scope["path"], method=scope["method"])
            if started:
                raise
            detail = "Something went wrong on our side; it is logged under this request id"
            await problem(Request(scope), 500, "internal", detail)(scope, receive, send)
