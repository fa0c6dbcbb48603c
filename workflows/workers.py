"""The workers of one installation: one queue for short steps and the processes, one for long set-based steps."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.failures import FailureInterceptor
from workflows.registry import all_workflows
from workflows.sandbox import workflow_runner
from workflows.stopping import GRACE

_WORKFLOW_SLOTS = 16
_CACHED_WORKFLOWS = 500
_BATCH_SLOTS = 2


def workers(
    client: Client,
    queues: tuple[str, str],
    activities: Sequence[Callable[..., Any]],
    *,
    slots: int,
    on_fatal: Callable[[BaseException], Awaitable[None]],
) -> tuple[Worker, Worker]:
    """Both workers, not yet started; at most `slots` short steps at once on the first queue, two on the second.

    Few workflow slots: after a restart many cold processes at once would starve each other.
    """
    core = Worker(
        client,
        task_queue=queues[0],
        workflows=all_workflows(),
        activities=activities,
        workflow_runner=workflow_runner(),
        interceptors=[FailureInterceptor()],
        max_concurrent_workflow_tasks=_WORKFLOW_SLOTS,
        max_cached_workflows=_CACHED_WORKFLOWS,
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=GRACE,
        on_fatal_error=on_fatal,
    )
    batch = Worker(
        client,
        task_queue=queues[1],
        activities=activities,
        interceptors=[FailureInterceptor()],
        max_concurrent_activities=_BATCH_SLOTS,
        graceful_shutdown_timeout=GRACE,
        on_fatal_error=on_fatal,
    )
    return core, batch
