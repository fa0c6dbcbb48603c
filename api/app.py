"""The application: built from settings, given what tests already hold."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from activities.intake import UsageIntake
from api import collecting, openapi, problems, provider_checking
from api.body_limit import BodyLimitMiddleware
from api.dispatch import Dispatcher
from api.faults import FaultMiddleware
from api.identities import Identities
from api.metrics import MetricsMiddleware
from api.pages import faults as page_faults
from api.request_id import RequestIdMiddleware
from api.routes import ROUTERS
from api.temporal_link import TemporalLink
from api.usage_intake.short_way import answer_usage, reports_usage
from db import legal_entities
from db.engine import FAULTS, Database
from db.usage.intake import Intake
from gateways.dns import Dns
from gateways.oidc import Oidc
from gateways.passwords import Passwords
from gateways.settings import Settings
from gateways.temporal.connection import Temporal

MEBIBYTE = 1024 * 1024
LARGER_BODIES = {"/v1/usage": 16 * MEBIBYTE}
_NOTE_USES_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Application(FastAPI):
    """FastAPI with our description of itself."""

    @override
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return openapi.describe(self)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers usage by its short way, and everything else by the usual one."""
        if reports_usage(scope):
            await answer_usage(self, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings, *, database: Database | None = None, temporal: Temporal | None = None
) -> FastAPI:
    """The whole API; opens database and Temporal itself unless they are given."""
    app = Application(
        title="Backoffice",
        version=version("backoffice"),
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.given_database = database
    app.state.temporal_link = TemporalLink(settings, temporal)
    problems.install(app)
    page_faults.install(app)
    # `include_router` would make every route anew, at its router's first request, and nest a lifespan for each router.
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    app.add_middleware(FaultMiddleware)
    app.add_middleware(BodyLimitMiddleware, larger=LARGER_BODIES)
    app.add_middleware(MetricsMiddleware)
    app.add_middleware(RequestIdMiddleware)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens what the doors need and closes it in the opposite order."""
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        app.state.database = app.state.given_database or await _opened(stack, settings)
        app.state.identities = Identities(app.state.database, settings.key_pepper)
        app.state.passwords = Passwords(together=settings.passwords_at_once)
        app.state.dns = Dns(settings.dns_server)
        app.state.oidc = Oidc(strict=settings.strict)
        stack.push_async_callback(app.state.oidc.close)
        stack.push_async_callback(app.state.identities.note_uses)
        app.state.collecting = await stack.enter_async_context(
            collecting.opened(settings, app.state.database)
        )
        app.state.provider_checks = await stack.enter_async_context(
            provider_checking.opened(settings, app.state.database)
        )
        app.state.dispatcher = Dispatcher(app.state.database, app.state.temporal_link)
        await stack.enter_async_context(_running(app.state.temporal_link.keep_trying))
        await stack.enter_async_context(_running(app.state.dispatcher.run))
        await stack.enter_async_context(_running(lambda: _note_uses(app.state.identities)))
        await stack.enter_async_context(_running(app.state.identities.follow_news))
        await _ensure_legal_entity(app.state.database, settings)
        app.state.usage_intake = await _intake(stack, app.state.database, settings)
        yield


async def _opened(stack: AsyncExitStack, settings: Settings) -> Database:
    """A database that is closed with the application."""
    database = Database.open(settings.database_url, pool_size=settings.db_pool_size)
    stack.push_async_callback(database.close)
    return database


async def _intake(stack: AsyncExitStack, database: Database, settings: Settings) -> UsageIntake:
    """The way in for usage; what waits is stored before it closes."""
    connections = settings.usage_connections
    intake = await Intake.open(database.url, connections=connections)
    stack.push_async_callback(intake.close)
    largest_commit = settings.usage_commit_records
    usage_intake = UsageIntake(intake, connections=connections, largest_commit=largest_commit)
    stack.push_async_callback(usage_intake.close)
    return usage_intake


@asynccontextmanager
async def _running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Work that goes on beside the doors and ends with them."""
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _note_uses(identities: Identities) -> None:
    """Writes down the keys' uses, for as long as the application runs."""
    while True:
        await asyncio.sleep(_NOTE_USES_SECONDS)
        try:
            await identities.note_uses()
        except FAULTS:  # tried again in half a minute, when the database is back
            log.exception("uses of API keys were not noted")


async def _ensure_legal_entity(database: Database, settings: Settings) -> None:
    """The issuer of the settings is a row, so that organizations and invoices can name it."""
    entity = settings.legal_entity
    async with database.begin() as tx:
        await legal_entities.ensure(
            tx,
            code=entity.code,
            name=entity.name,
            address_lines=entity.address_lines,
            country=entity.country,
            tax_id=entity.tax_id or "",
            number_prefix=entity.number_prefix,
        )
