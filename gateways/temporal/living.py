"""Which processes of a kind are running: the search first, and whoever it misses is asked for by id."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from gateways.errors import Unavailable
from gateways.temporal.connection import Temporal

_TIMEOUT = timedelta(seconds=10)
_AT_ONCE = 10


async def missing(temporal: Temporal, kind: str, workflow_ids: Iterable[str]) -> list[str]:
    """Those of the ids that have no running process, in their order.

    The search lags behind, so it is never believed when it says that something does not run.

    Raises:
        Unavailable: Temporal does not answer.
    """
    wanted = list(workflow_ids)
    try:
        running = await _running(temporal, kind) if wanted else set[str]()
        slots = asyncio.Semaphore(_AT_ONCE)
        doubtful = [workflow_id for workflow_id in wanted if workflow_id not in running]
        alive = await asyncio.gather(*(_is_running(temporal, slots, each) for each in doubtful))
    except RPCError as error:
        raise Unavailable(f"Temporal: {error.message}") from error
    return [workflow_id for workflow_id, lives in zip(doubtful, alive, strict=True) if not lives]


async def _running(temporal: Temporal, kind: str) -> set[str]:
    query = f"TaskQueue = '{temporal.task_queue}' AND WorkflowType = '{kind}' AND ExecutionStatus = 'Running'"
    return {found.id async for found in temporal.client.list_workflows(query, rpc_timeout=_TIMEOUT)}


async def _is_running(temporal: Temporal, slots: asyncio.Semaphore, workflow_id: str) -> bool:
    async with slots:
        try:
            described = await temporal.client.get_workflow_handle(workflow_id).describe(rpc_timeout=_TIMEOUT)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return False
            raise
    return described.status == WorkflowExecutionStatus.RUNNING
