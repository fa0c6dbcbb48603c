"""Delivers a door's intents at once after their commit; what fails is left to the worker's pump."""

import asyncio

from activities.intents import IntentPump
from activities.pumps import Pumping
from db import intents
from db.engine import Database
from gateways.temporal.connection import Temporal


class Dispatcher:
    """The application's: made with `Dispatcher.open` in its lifespan, kept as `app.state.dispatcher`.

    It wakes by itself when a transaction of `database` that wrote intents has ended; `soon` wakes it by hand.
    """

    def __init__(self, pumping: Pumping) -> None:
        self._pumping = pumping
        self._task = asyncio.create_task(pumping.run(), name="intents dispatcher")

    @classmethod
    def open(cls, database: Database, temporal: Temporal) -> "Dispatcher":
        """A running dispatcher; needs the event loop of the application."""
        dispatcher = cls(Pumping(IntentPump(database, temporal)))
        intents.listen(database, dispatcher.soon)
        return dispatcher

    def soon(self) -> None:
        """Looks for due intents now."""
        self._pumping.wake()

    async def close(self) -> None:
        """Ends after the deliveries under way."""
        self._pumping.stop()
        await self._task
