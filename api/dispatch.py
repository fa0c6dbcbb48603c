"""Delivers a door's intents at once after their commit; what fails is left to the worker's pump."""

import asyncio
from typing import Protocol

from activities.intents import IntentPump
from activities.pumps import Pumping
from db import intents
from db.engine import Database
from gateways.temporal.connection import Temporal

_UNTIL_CONNECTED_SECONDS = 0.5


class Link(Protocol):
    """Holds the connection to Temporal once there is one."""

    temporal: Temporal | None


class Dispatcher:
    """The application's, kept as `app.state.dispatcher`; `run` beside the doors for as long as they are open.

    It wakes by itself when a transaction of `database` that wrote intents has ended; `soon` wakes it by hand.
    """

    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link
        self._pumping: Pumping | None = None
        intents.listen(database, self.soon)

    def soon(self) -> None:
        """Looks for due intents now."""
        if self._pumping is not None:
            self._pumping.wake()

    async def run(self) -> None:
        """Delivers until cancelled; a delivery cut off is taken up again by whoever claims it next."""
        while self._link.temporal is None:  # noqa: ASYNC110 — whoever connects holds no event to wait for
            await asyncio.sleep(_UNTIL_CONNECTED_SECONDS)
        self._pumping = Pumping(IntentPump(self._database, self._link.temporal))
        await self._pumping.run()
