"""The worker as a process of its own: it becomes ready, works, and goes away quietly."""

import asyncio
import os
import signal
import sys
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db import intents
from db.engine import Database
from tests.temporal import Temporal


@pytest.fixture
async def worker(
    database_url: str, temporal: Temporal, temporal_address: str, tmp_path: Path
) -> AsyncIterator[Process]:
    """A worker that has said it is ready."""
    ready = tmp_path / "ready"
    settings = {
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": temporal_address,
        "BACKOFFICE_TASK_QUEUE_PREFIX": temporal.task_queue.removesuffix("-core"),
    }
    command = (sys.executable, "-m", "worker", "--ready-file", str(ready))
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings})
    async with asyncio.timeout(150):
        while not ready.exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_it_delivers_intents_and_ends_in_order(
    worker: Process, database: Database, temporal: Temporal
) -> None:
    workflow_id = f"housekeeping/{uuid.uuid4()}"
    async with database.begin() as tx:
        await intents.insert(
            tx, key="once", kind="start", workflow="Housekeeping", workflow_id=workflow_id, payload={}
        )
    handle = temporal.client.get_workflow_handle(workflow_id)
    await _delivered(database)
    assert (await handle.result())["lots_written_off"] == 0
    worker.send_signal(signal.SIGTERM)
    assert await worker.wait() == 0


async def _delivered(database: Database) -> None:
    for _ in range(400):
        async with database.begin() as tx:
            if await intents.count_waiting(tx) == (0, 0):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the intent is still waiting")
