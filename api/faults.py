"""A mistake of ours: answered by the application's own handler, once, with its request's id."""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logged import logged_path

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
            log.info("the caller left", path=logged_path(scope["path"]))
        except Exception as error:  # noqa: BLE001 — whatever it is, it is answered and logged here
            answer = await scope["app"].exception_handlers[Exception](Request(scope), error)
            if not started:
                await answer(scope, receive, send)
