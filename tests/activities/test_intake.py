"""Calls that share a commit: each gets its own verdicts, and a bad neighbour harms nobody."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from activities.intake import Checked, UsageIntake
from db.engine import Database
from db.usage.intake import Intake, IntakeFault
from tests.world import Line, a_price, an_organization


@pytest.fixture
async def intake(database: Database) -> AsyncIterator[UsageIntake]:
    connections = await Intake.open(database.url)
    usage = UsageIntake(connections)
    yield usage
    await usage.close()
    await connections.close()


def call(*lines: Line) -> Checked:
    return Checked([(line.organization_id.hex, line.id) for line in lines], [str(line) for line in lines])


async def test_every_call_gets_its_own_verdicts(database: Database, intake: UsageIntake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    answers = await asyncio.gather(
        intake.submit(call(Line(alice, "a"), Line(alice, "b"))),
        intake.submit(call(Line(alice, "c", model="unknown"), Line(alice, "d"))),
    )
    assert answers == [{}, {0: "quarantined"}]


async def test_a_record_sent_by_two_calls_at_once_is_taken_once(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    answers = await asyncio.gather(*(intake.submit(call(Line(alice))) for _ in range(5)))
    assert sorted(len(answer) for answer in answers) == [0, 1, 1, 1, 1]
    assert {verdict for answer in answers for verdict in answer.values()} == {"duplicate"}


async def test_an_id_twice_in_one_call_with_other_content_is_a_conflict(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    assert await intake.submit(call(Line(alice), Line(alice, input_tokens=7), Line(alice))) == {
        1: "conflict",
        2: "duplicate",
    }


async def test_a_call_that_cannot_be_stored_does_not_take_its_neighbours_along(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    broken = Checked([(alice.hex, "x")], ["not a staging line"])
    answers = await asyncio.gather(
        *(intake.submit(call(Line(alice, f"r{n}"))) for n in range(3)),
        intake.submit(broken),
        return_exceptions=True,
    )
    assert answers[:3] == [{}, {}, {}]
    assert isinstance(answers[3], IntakeFault)
