"""Long steps say that they live while they wait for one long statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

_EVERY_SECONDS = 10.0


@asynccontextmanager
async def beating(*details: object) -> AsyncIterator[None]:
    """Heartbeats with `details` at once and every ten seconds until the work inside is done."""

    async def beat() -> None:
        while True:
            activity.heartbeat(*details)
            await asyncio.sleep(_EVERY_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
