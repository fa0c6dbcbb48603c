"""Keeps histories of processes, so that every change of code is replayed against them.

Whatever a test runs inside `tests.temporal.running` is kept, under the test's name, when the tests run with
`BACKOFFICE_KEEP_HISTORIES=1`; otherwise nothing is. To keep the paths of one file of tests:

    BACKOFFICE_KEEP_HISTORIES=1 .venv/bin/pytest tests/workflows/test_collection.py

writes `tests/replay/histories/<Workflow>/<test>.json` for every process of the product, finished or in mid-flight.
`await keep(handle, "declined-then-paid")` keeps one by hand. What is kept is never overwritten: a change of code
that no longer replays it needs a patch marker (`workflow.patched`), not a new history under the old name. Only
what no release has run yet may be removed and kept anew.

From a running installation, by hand:

    python -m tests.replay.record ADDRESS WORKFLOW_ID PATH
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle

from workflows.registry import all_workflows

HISTORIES = Path(__file__).parent / "histories"
SWITCH = "BACKOFFICE_KEEP_HISTORIES"
_SEARCH_LAGS_SECONDS = 2.0


async def keep(handle: WorkflowHandle[Any, Any], path: str) -> None:
    """Keeps the handle's history under the workflow's name, when asked by the environment."""
    if os.environ.get(SWITCH):
        await _write(handle, path)


async def keep_all(client: Client, task_queue: str) -> None:
    """Keeps every process of the product that ran on the queue, when asked by the environment."""
    if not os.environ.get(SWITCH):
        return
    await asyncio.sleep(_SEARCH_LAGS_SECONDS)
    kinds = {kind.__name__ for kind in all_workflows()}
    async for found in client.list_workflows(f"TaskQueue = '{task_queue}'"):
        if found.workflow_type in kinds:
            await _write(client.get_workflow_handle(found.id, run_id=found.run_id), _test_name())


def _test_name() -> str:
    """`tests/x.py::test_that_it[works]` → `that_it-works`."""
    name = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" ")[0]
    return re.sub(r"[^A-Za-z0-9]+", "-", name.removeprefix("test_")).strip("-")


async def _write(handle: WorkflowHandle[Any, Any], path: str) -> None:
    kind = (await handle.describe()).workflow_type
    file = HISTORIES / kind / f"{path}.json"
    if file.exists():
        return
    history = json.loads((await handle.fetch_history()).to_json())
    _forget_hosts(history)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(history, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def _forget_hosts(value: Any) -> None:
    """Removes who ran what: it says nothing about the process."""
    if isinstance(value, list):
        for each in value:
            _forget_hosts(each)
    elif isinstance(value, dict):
        value.pop("identity", None)
        for each in value.values():
            _forget_hosts(each)


async def _by_hand(address: str, workflow_id: str, path: str) -> None:
    client = await Client.connect(address)
    await _write(client.get_workflow_handle(workflow_id), path)


if __name__ == "__main__":
    asyncio.run(_by_hand(*sys.argv[1:4]))
