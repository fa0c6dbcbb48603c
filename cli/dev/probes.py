"""Questions that tell whether a part is healthy; asked many times a second, so they are cheap."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE_SECONDS = 5


def answers(url: str, *, below: int) -> Callable[[], Awaitable[bool]]:
    """Healthy when GET of the http address `url` is answered with a status under `below`."""
    parts = urlsplit(url)
    question = (
        f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
    )

    async def probe() -> bool:
        with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                status_line = await _first_line(parts.netloc, question)
            return int(status_line.split()[1]) < below
        return False

    return probe


def exists(path: Path) -> Callable[[], Awaitable[bool]]:
    """Healthy when the program has created the file at `path`."""

    async def probe() -> bool:
        return await asyncio.to_thread(path.exists)

    return probe


async def reachable(address: str) -> bool:
    """True when something listens at `address`, written as host:port."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _first_line(address, b"")
        return True
    return False


async def _first_line(address: str, question: bytes) -> bytes:
    """The first line of the answer; nothing is waited for when nothing was asked."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(question)
        return await reader.readline() if question else b""
    finally:
        writer.close()
