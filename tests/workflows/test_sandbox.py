"""Workflows run in the sandbox: no clock, no chance, and no import that nobody meant."""

import uuid
from collections.abc import Sequence

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.worker import Worker

from tests.temporal import Temporal, running
from tests.workflows.imports_pages import ImportsPages
from tests.workflows.misbehaving import ReadsTheClock
from workflows.registry import all_workflows
from workflows.sandbox import workflow_runner


async def test_a_workflow_that_cannot_be_repeated_fails(temporal: Temporal) -> None:
    async with running(temporal, [ReadsTheClock]):
        with pytest.raises(WorkflowFailureError):
            await temporal.client.execute_workflow(
                ReadsTheClock.run, id=f"clock/{uuid.uuid4()}", task_queue=temporal.task_queue
            )


async def test_a_worker_refuses_a_workflow_that_brings_a_library_along(temporal: Temporal) -> None:
    with pytest.raises(RuntimeError, match="Failed validating workflow ImportsPages"):
        worker(temporal, [ImportsPages])


async def test_every_process_of_the_product_is_accepted(temporal: Temporal) -> None:
    worker(temporal, all_workflows())


def worker(temporal: Temporal, workflows: Sequence[type]) -> Worker:
    runner = workflow_runner()
    return Worker(
        temporal.client, task_queue=temporal.task_queue, workflows=workflows, workflow_runner=runner
    )
