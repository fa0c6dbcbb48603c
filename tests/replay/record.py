"""Keeps histories of processes, so that every change of code is replayed against them.

In a test, after the workflow has gone the way that is to be kept:

    from tests.replay.record import keep
    await keep(handle, "declined-then-paid")

writes `tests/replay/histories/<Workflow>/<path>.json` when the tests run with `BACKOFFICE_KEEP_HISTORIES=1`, and
does nothing otherwise. A history may be kept in mid-flight too. What is kept is never overwritten: a change of
code that no longer replays it needs a patch marker (`workflow.patched`), not a new history under the old name.

From a running installation, by hand:

    python -m tests.replay.record ADDRESS WORKFLOW_ID PATH
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle

HISTORIES = Path(__file__).parent / "histories"
SWITCH = "BACKOFFICE_KEEP_HISTORIES"


async def keep(handle: WorkflowHandle[Any, Any], path: str) -> None:
    """Keeps the handle's history under the workflow's name, when asked by the environment."""
    if os.environ.get(SWITCH):
        await _write(handle, path)


async def _write(handle: WorkflowHandle[Any, Any], path: str) -> None:
    kind = (await handle.describe()).workflow_type
    file = HISTORIES / kind / f"{path}.json"
    if file.exists():
        return
    history = json.loads((await handle.fetch_history()).to_json())
    _forget_hosts(history)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n", encoding="utf-8")


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
