"""Today's code takes every kept process further exactly as it went."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from gateways.temporal.actors import ActorInterceptor
from gateways.temporal.connection import data_converter
from tests.replay.record import HISTORIES
from tests.workflows.misbehaving import AnotherHousekeeping
from workflows.registry import all_workflows
from workflows.sandbox import workflow_runner

KEPT = sorted(HISTORIES.rglob("*.json"))


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    """Replays as the worker would run it."""
    return Replayer(
        workflows=all_workflows(),
        workflow_runner=workflow_runner(),
        data_converter=data_converter(),
        interceptors=[ActorInterceptor()],
    )


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: str(kept.relative_to(HISTORIES).with_suffix("")))
async def test_a_kept_process_replays(replayer: Replayer, kept: Path) -> None:
    history = history_of(kept)
    replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert replayed.replay_failure is None


@pytest.mark.parametrize("kind", [kind.__name__ for kind in all_workflows()])
def test_every_process_has_a_kept_history(kind: str) -> None:
    assert list((HISTORIES / kind).glob("*.json"))


async def test_a_process_that_would_go_another_way_is_noticed() -> None:
    replayer = Replayer(workflows=[AnotherHousekeeping], workflow_runner=workflow_runner())
    history = history_of(HISTORIES / "Housekeeping" / "it-does-everything-once-a-day.json")
    replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert replayed.replay_failure is not None


def history_of(kept: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(kept.stem, kept.read_text(encoding="utf-8"))
