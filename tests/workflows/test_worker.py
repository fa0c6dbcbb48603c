"""The worker as a process of its own: it becomes ready, works, and goes away quietly, whatever it waits for."""

import asyncio
import os
import signal
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from temporalio.worker import Worker

from activities.pumps import Pumps
from db import intents
from db.engine import Database
from tests.temporal import Temporal, a_server
from workflows.stopping import polling

PATIENCE_SECONDS = 150


@asynccontextmanager
async def started(ready: Path, **settings: str) -> AsyncIterator[Process]:
    """A worker, whether it becomes ready or not; it does not outlive the test."""
    command = (sys.executable, "-m", "worker", "--ready-file", str(ready))
    environment = {**os.environ, "BACKOFFICE_LOG_FORMAT": "json", **settings}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=PIPE)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def worker(
    database_url: str, temporal: Temporal, temporal_address: str, tmp_path: Path
) -> AsyncIterator[Process]:
    """A worker that has said it is ready; the ready file of one that was killed lay there."""
    (tmp_path / "ready").write_text("killed\n")
    prefix = temporal.task_queue.removesuffix("-core")
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}
    async with started(tmp_path / "ready", BACKOFFICE_TASK_QUEUE_PREFIX=prefix, **settings) as process:
        await said(process, "worker is ready")
        yield process


async def said(process: Process, words: str) -> None:
    """Waits until the log says so."""
    assert process.stderr is not None
    async for line in process.stderr:
        if words in line.decode():
            return
    raise AssertionError(f"it ended without saying {words!r}")


async def test_it_delivers_intents_and_ends_in_order(
    worker: Process, database: Database, temporal: Temporal, tmp_path: Path
) -> None:
    workflow_id = f"housekeeping/{uuid.uuid4()}"
    async with database.begin() as tx:
        await intents.insert(
            tx, key="once", kind="start", workflow="Housekeeping", workflow_id=workflow_id, payload={}
        )
    handle = temporal.client.get_workflow_handle(workflow_id)
    await _delivered(database)
    assert (await handle.result())["lots_written_off"] == 0
    assert (tmp_path / "ready").read_text() == f"{worker.pid}\n"
    worker.send_signal(signal.SIGTERM)
    assert await worker.wait() == 0
    assert not (tmp_path / "ready").exists()


async def _delivered(database: Database) -> None:
    for _ in range(400):
        async with database.begin() as tx:
            if await intents.count_waiting(tx) == (0, 0):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the intent is still waiting")


async def test_it_ends_when_told_while_it_waits_for_temporal(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "ready").write_text("killed\n")
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    async with started(tmp_path / "ready", **settings) as worker:
        await said(worker, "temporal is not reachable yet")
        assert not (tmp_path / "ready").exists()
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0


async def test_it_ends_when_told_after_temporal_has_gone(database_url: str, tmp_path: Path) -> None:
    with a_server() as (address, server):
        settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": address}
        async with started(tmp_path / "ready", **settings) as worker:
            await said(worker, "worker is ready")
            server.kill()
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0


class Slow:
    """A worker, or the pumps, that has stopped only when all others were told to stop, too."""

    def __init__(self, all_told: asyncio.Barrier) -> None:
        self._all_told = all_told

    async def __aenter__(self) -> "Slow":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def shutdown(self) -> None:
        await self._all_told.wait()

    async def stop(self, *, grace: timedelta) -> None:
        await self._all_told.wait()


async def test_workers_and_pumps_stop_at_once_not_one_after_the_other() -> None:
    slow = Slow(asyncio.Barrier(3))
    stopped = False
    async with asyncio.timeout(PATIENCE_SECONDS):
        async with polling([cast("Worker", slow), cast("Worker", slow)], cast("Pumps", slow)):
            pass
        stopped = True
    assert stopped
