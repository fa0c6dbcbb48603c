"""Applications that are really served on loopback: their port is bound before anybody asks for it, and they always end."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from cli.wire import Protocol


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A free port that is ours from the start, and its address."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Any, bound: socket.socket) -> AsyncGenerator[None]:
    """Serves on this loop until the block ends."""
    server = _server(app)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:
            assert not task.done(), task
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await task


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serves on a thread, which ends with the block whatever happens in it; answers the address."""
    server = _server(app)
    with listening() as (bound, url):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _server(app: Any) -> uvicorn.Server:
    config = uvicorn.Config(app, http=Protocol, log_level="error", ws="none", timeout_graceful_shutdown=1)
    return uvicorn.Server(config)
