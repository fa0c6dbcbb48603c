"""Questions that tell whether a part is healthy."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

PATIENCE_SECONDS = 5


def answers(url: str, *, below: int) -> Callable[[], Awaitable[bool]]:
    """Healthy when GET `url` is answered with a status under `below`."""

    async def probe() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
                return (await client.get(url)).status_code < below
        return False

    return probe


def exists(path: Path) -> Callable[[], Awaitable[bool]]:
    """Healthy when the program has created the file at `path`."""

    async def probe() -> bool:
        return await asyncio.to_thread(path.exists)

    return probe


async def reachable(address: str) -> bool:
    """True when something listens at `address`, written as host:port."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), PATIENCE_SECONDS)
        writer.close()
        return True
    return False
