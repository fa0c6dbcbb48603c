"""Calls that share a commit: each gets its own verdicts, and a bad neighbour harms nobody."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from activities.intake import UsageIntake
from activities.intake_batch import Checked
from db.engine import Database
from db.usage.intake import Intake, IntakeFault
from domain.ids import new_id
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


async def test_two_equal_records_against_another_stored_one_are_conflicts_both(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await intake.submit(call(Line(alice)))
    other = Line(alice, input_tokens=7)
    assert await intake.submit(call(other, other)) == {0: "conflict", 1: "conflict"}
    answers = await asyncio.gather(*(intake.submit(call(other)) for _ in range(3)))
    assert answers == [{0: "conflict"}] * 3


async def test_a_repeat_of_what_is_stored_is_no_conflict_because_its_neighbour_is(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await intake.submit(call(Line(alice)))
    mixed = call(Line(alice, input_tokens=7), Line(alice), Line(alice, input_tokens=8), Line(alice))
    assert await intake.submit(mixed) == {0: "conflict", 1: "duplicate", 2: "conflict", 3: "duplicate"}


async def test_a_record_is_taken_whose_first_version_named_a_project_that_is_not_there(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    wrong, right = Line(alice, project_id=new_id()), Line(alice)
    assert await intake.submit(call(wrong, right)) == {0: "unknown_project"}
    async with database.begin() as tx:
        assert (await tx.execute(text("select count(*) from usage"))).scalar_one() == 1


async def test_only_the_text_of_the_record_that_was_taken_is_kept(
    database: Database, intake: UsageIntake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    told = [Line(alice, user=name) for name in ("first", "second", "first")]
    texts = {n: f"{alice}\tr1\t{line.user}\t\n" for n, line in enumerate(told)}
    checked = Checked([(alice.hex, line.id) for line in told], [str(line) for line in told], texts)
    assert await intake.submit(checked) == {1: "conflict", 2: "duplicate"}
    async with database.begin() as tx:
        assert list((await tx.execute(text("select request from usage_payloads"))).scalars()) == ["first"]


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
