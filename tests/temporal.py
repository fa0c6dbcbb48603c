"""A Temporal for the tests: the real server, one for a whole run, with a virtual clock for each workflow.

A conftest takes what it needs: `from tests.temporal import *` gives the fixtures

- `temporal`: a connected `gateways.temporal.connection.Temporal` with task queues of its own,
- `fast_forward`: `await fast_forward(handle, timedelta(days=3))` moves one workflow's clock,

and `running(temporal, workflows, activities)` runs workers exactly as the product does, but any exception in
a workflow fails it at once instead of being retried for ever.
"""

import asyncio
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from activities.failures import FailureInterceptor
from gateways.settings import Temporal as TemporalSettings
from gateways.temporal import bootstrap
from gateways.temporal.connection import Temporal, connect
from tests.postgres import free_port
from tests.replay.record import keep_all
from workflows.process import Status
from workflows.sandbox import workflow_runner

__all__ = [
    "FastForward",
    "Temporal",
    "fast_forward",
    "reached",
    "running",
    "temporal",
    "temporal_address",
    "time_skipper",
]

FastForward = Callable[[WorkflowHandle[Any, Any], timedelta], Awaitable[bool]]
_BINARY = Path(sys.executable).parent / "temporal"
_FLAGS = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "history.transferProcessorMaxPollRPS": "1000",
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
}


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """The address of a running server, in memory, for this process of the test run."""
    with a_server() as (address, _process):
        yield address


@contextmanager
def a_server(**more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of its own, with `more` of dynamic configuration: its address, and its process to be killed."""
    port = free_port()
    flags = [
        word
        for name, value in {**_FLAGS, **more}.items()
        for word in ("--dynamic-config-value", f"{name}={value}")
    ]
    command = [
        _BINARY,
        "server",
        "start-dev",
        "--headless",
        "--port",
        str(port),
        "--log-level",
        "error",
        *flags,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def time_skipper(temporal_address: str) -> TimeSkipper:
    """A client of the product's own making whose workflows keep their own, standing clock."""
    ours = await connected(temporal_address)
    return TimeSkipper(ours.client, config=TimeSkippingConfig(enabled=False))


@pytest.fixture
def temporal(time_skipper: TimeSkipper) -> Temporal:
    """The product's connection, with task queues nobody else listens to."""
    return Temporal(time_skipper.client, f"test-{uuid.uuid4().hex}-core", "http://temporal.test")


@pytest.fixture
def fast_forward(time_skipper: TimeSkipper) -> FastForward:
    """Moves one workflow's clock and returns when its timers until then have fired."""
    return time_skipper.fast_forward


@asynccontextmanager
async def running(
    temporal: Temporal,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]] = (),
) -> AsyncIterator[None]:
    """Workers for both queues, as the product runs them."""
    async with AsyncExitStack() as stack:
        for queue in (temporal.task_queue, temporal.batch_queue):
            worker = Worker(
                temporal.client,
                task_queue=queue,
                workflows=workflows,
                activities=activities,
                workflow_runner=workflow_runner(),
                interceptors=[FailureInterceptor()],
                workflow_failure_exception_types=[Exception],
                max_cached_workflows=50,
            )
            await stack.enter_async_context(worker)
        yield
        await keep_all(temporal.client, temporal.task_queue)


_prepared: set[str] = set()


async def connected(address: str) -> Temporal:
    """The product's connection to a server, its namespace prepared."""
    settings = TemporalSettings(
        address=address, namespace="default", api_key=None, tls=False, ui_url=None, task_queue_prefix="test"
    )
    for _ in range(100):
        try:
            ours = await connect(settings)
            break
        except Exception:  # noqa: BLE001 — the port answers a moment before the namespace is there
            time.sleep(0.1)  # noqa: ASYNC251 — nothing else runs yet
    else:
        raise RuntimeError("Temporal did not start")
    if address not in _prepared:
        await bootstrap.prepare(ours.client)
        _prepared.add(address)
    return ours


def _wait_for(port: int) -> None:
    for _ in range(200):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("Temporal did not start")


async def reached(handle: WorkflowHandle[Any, Any], wanted: Callable[[Status], bool]) -> Status:
    """The process's status once it is as wanted."""
    for _ in range(600):
        status = await handle.query("status", result_type=Status)
        if wanted(status):
            return status
        await asyncio.sleep(0.02)
    raise AssertionError(status)
