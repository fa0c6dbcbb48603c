"""The sandbox as an ASGI application: Stripe's API, its hosted pages, a page of its own, a control API."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import control, hosted_pages, state_page
from sandbox.account import Account
from sandbox.deliveries import Courier
from sandbox.errors import StripeError
from sandbox.http_api import serve_api
from sandbox.pages import GuardPages
from sandbox.store import Store
from sandbox.webhook_endpoints import keep_default


def create_app(
    data: str,
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
    base_url: str = "http://127.0.0.1",
) -> Starlette:
    """The application on a data file.

    Args:
        data: Path of the SQLite file; it is made when missing and kept on exit. `:memory:` forgets.
        webhook_url: Where every event is delivered to, or None for nowhere.
        webhook_secret: Secret (`whsec_…`) those deliveries are signed with; needed with a URL.
        base_url: The sandbox's own address, for links made while no request is served.
    """
    store = Store(data)
    if webhook_url:
        keep_default(Account(store, base_url), webhook_url, webhook_secret or "")
    app = Starlette(
        routes=[
            Route("/v1/{path:path}", serve_api, methods=["GET", "POST", "DELETE"]),
            Route("/", _to_state, methods=["GET"]),
            Route("/healthz", _health, methods=["GET"]),
            *control.ROUTES,
            *hosted_pages.ROUTES,
            *state_page.ROUTES,
            Mount("/sandbox/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[Middleware(GuardPages)],
        exception_handlers={StripeError: control.refuse_control},
        lifespan=_lifespan,
    )
    app.state.store = store
    app.state.base_url = base_url
    return app


async def _health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _to_state(_request: Request) -> RedirectResponse:
    return RedirectResponse("/sandbox")


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None]:
    """Deliver events and let the clock work while the server runs."""
    async with httpx.AsyncClient() as client:
        app.state.courier = Courier(app.state.store, app.state.base_url, client)
        task = asyncio.create_task(app.state.courier.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            app.state.store.close()
