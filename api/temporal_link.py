"""The API's connection to Temporal: made in the background, so that doors answer while Temporal is down."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from starlette.requests import Request
from temporalio.service import RPCError

from gateways.errors import Unavailable
from gateways.settings import Settings
from gateways.temporal.connection import Temporal, connect

_RETRY_SECONDS = 2.0
log = structlog.get_logger(__name__)


class TemporalLink:
    """Holds the connection once there is one."""

    def __init__(self, settings: Settings, given: Temporal | None = None) -> None:
        self.settings = settings
        self.temporal = given

    async def keep_trying(self) -> None:
        """Connects; ends when it has."""
        told = False
        while self.temporal is None:
            try:
                self.temporal = await connect(self.settings.temporal, payload_key=self.settings.payload_key)
            except Unavailable as error:
                if not told:
                    log.warning("temporal is not reachable yet", reason=error.detail)
                told = True
                await asyncio.sleep(_RETRY_SECONDS)

    async def check(self) -> str:
        """`ok`, or why not."""
        if self.temporal is None:
            return f"not connected to {self.settings.temporal.address}"
        try:
            healthy = await self.temporal.client.service_client.check_health(timeout=timedelta(seconds=2))
        except RPCError as error:
            return error.message[:200]
        return "ok" if healthy else "not serving"


def temporal_of(request: Request) -> Temporal:
    """The connection to Temporal.

    Raises:
        Unavailable: there is none yet.
    """
    link: TemporalLink = request.app.state.temporal_link
    if link.temporal is None:
        raise Unavailable("Temporal cannot be reached; try again in a moment")
    return link.temporal


def process_link(request: Request) -> Callable[[str], str] | None:
    """How to write a process's address in the Temporal UI; None while no UI is known."""
    link: TemporalLink = request.app.state.temporal_link
    return link.temporal.link if link.temporal is not None and link.temporal.ui_url else None
