"""Steering a process: the log has the act before the process is told, also when it says nothing of itself."""

from typing import cast

import pytest

from activities import processes
from activities.processes import Steering
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import NotFound
from gateways.errors import Refused
from gateways.temporal import steering
from gateways.temporal.connection import Temporal
from gateways.temporal.visibility import StatusFacts
from tests.monthend import rows

NO_TEMPORAL = cast("Temporal", None)


def pausing(standing: StatusFacts | None) -> Steering:
    return Steering(
        workflow_id="errand/1",
        organization_id=None,
        act="pause",
        reason="asking back",
        actor=SYSTEM,
        standing=standing,
    )


async def noted(database: Database) -> list[str]:
    entries = await rows(database, "select action from audit where target_kind = 'process' order by sequence")
    return [str(entry["action"]) for entry in entries]


async def test_who_steers_a_silent_process_stands_in_the_log_before_it_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[str] = []

    async def tell(*_: object) -> StatusFacts:
        before.extend(await noted(database))
        return {}

    monkeypatch.setattr(steering, "steer", tell)
    await processes.steer(database, NO_TEMPORAL, pausing(None))
    assert before == await noted(database) == ["process.pause"]


async def test_what_an_ended_process_does_not_take_leaves_no_trace(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(*_: object) -> StatusFacts:
        raise Refused("not_found", "There is no such process, or it has ended")

    monkeypatch.setattr(steering, "steer", ended)
    with pytest.raises(NotFound):
        await processes.steer(database, NO_TEMPORAL, pausing({}))
    assert await noted(database) == []
