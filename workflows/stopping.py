"""How a worker ends: at once while it still waits for what it needs, all its parts together when it works."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.worker import Worker

from activities.pumps import Pumps

GRACE = timedelta(seconds=20)
T = TypeVar("T")


class Stopped(Exception):
    """Told to stop before it was ready."""


async def unless(stop: asyncio.Event, step: Coroutine[Any, Any, T]) -> T:
    """What `step` answers.

    Raises:
        Stopped: told to stop first; the step was given up.
    """
    working, told = asyncio.create_task(step), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, told), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Stopped
        return working.result()
    finally:
        for task in (working, told):
            task.cancel()
        await asyncio.gather(working, told, return_exceptions=True)


@asynccontextmanager
async def polling(both: Sequence[Worker], pumps: Pumps) -> AsyncIterator[None]:
    """The workers take work; at the end they and the pumps stop at once, all within the same grace.

    One after the other would need a grace for each, and the last would take new work until its turn.
    """
    async with AsyncExitStack() as stack:
        for worker in both:
            await stack.enter_async_context(worker)
        try:
            yield
        finally:
            await asyncio.gather(pumps.stop(grace=GRACE), *(worker.shutdown() for worker in both))
