"""The daily housekeeping, step by step on a real database."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.card_forgetting import CardForgetting
from activities.housekeeping import Day, HousekeepingSteps
from activities.registry import activities_of
from db import audit, postings, wallets
from db.engine import Database
from domain.audit import Entry
from domain.ids import new_id
from domain.wallet import CreditLot
from tests.activities.test_ledger_seals import made
from tests.db.test_postings import a_posting
from tests.monthend import one, rows
from tests.privacy import NO_STRIPE
from tests.temporal import Temporal, running
from tests.world import an_organization
from workflows.housekeeping import Housekeeping, HousekeepingInput, HousekeepingResult
from workflows.process import Act, Status

NOW = datetime.now(UTC)
DAY = Day(at=NOW)


@pytest.fixture
def steps(database: Database) -> HousekeepingSteps:
    return HousekeepingSteps(database)


def all_of(steps: HousekeepingSteps) -> list[Any]:
    """The day's steps, with those at the payment provider."""
    return [*activities_of(steps), *activities_of(CardForgetting(steps._database, NO_STRIPE))]


async def start(temporal: Temporal) -> WorkflowHandle[Housekeeping, HousekeepingResult]:
    return await temporal.client.start_workflow(
        Housekeeping.run,
        HousekeepingInput(),
        id=f"housekeeping/{uuid.uuid4()}",
        task_queue=temporal.task_queue,
    )


async def test_it_does_everything_once_a_day(
    database: Database, temporal: Temporal, steps: HousekeepingSteps
) -> None:
    async with running(temporal, [Housekeeping], all_of(steps)):
        assert await (await start(temporal)).result() == HousekeepingResult(
            partitions_made=8, traces_removed=0, lots_written_off=0
        )
        again = await (await start(temporal)).result()
    assert again.partitions_made == 0


async def test_it_can_be_held_between_its_steps(temporal: Temporal, steps: HousekeepingSteps) -> None:
    handle = await start(temporal)
    async with running(temporal, [Housekeeping], all_of(steps)):
        await handle.execute_update("pause", Act(), result_type=Status)
        assert (await handle.query(Housekeeping.status)).paused
        await handle.execute_update("resume", Act(), result_type=Status)
        await handle.result()


async def test_partitions_are_there_three_months_ahead(database: Database, steps: HousekeepingSteps) -> None:
    await steps.make_partitions(Day(at=datetime(2031, 11, 30, 23, tzinfo=UTC)))
    names = await rows(
        database, "select tablename from pg_tables where tablename like 'usage_203%' order by 1"
    )
    assert [row["tablename"] for row in names] == [
        "usage_2031_11",
        "usage_2031_12",
        "usage_2032_01",
        "usage_2032_02",
    ]


async def test_past_days_of_the_audit_log_are_sealed_once(
    database: Database, steps: HousekeepingSteps
) -> None:
    async with database.begin() as tx:
        await audit.append(tx, [Entry("test", "thing", "1")])
    tomorrow = Day(at=NOW + timedelta(days=1))
    for _ in range(2):
        await steps.seal_audit(tomorrow)
    assert await one(database, "select count(*) from audit_seals") == 1


async def test_past_days_of_the_ledger_are_sealed(
    database: Database, temporal: Temporal, steps: HousekeepingSteps
) -> None:
    entry = await a_posting(database)
    async with database.begin() as tx:
        await postings.insert(tx, [made(entry, NOW - timedelta(days=2), 1)])
    async with running(temporal, [Housekeeping], all_of(steps)):
        await (await start(temporal)).result()
    assert await one(database, "select postings from ledger_seals order by day limit 1") == 1


async def test_old_attempts_to_sign_in_are_forgotten(database: Database, steps: HousekeepingSteps) -> None:
    async with database.begin() as tx:
        await tx.exec_driver_sql(
            "insert into guesses values ('old', 1, now() - interval '3 days', now()), ('new', 1, now(), now())"
        )
    assert await steps.forget_old_traces(DAY) == 1
    assert await one(database, "select convert_from(key, 'utf8') from guesses") == "new"


async def test_expired_credit_is_written_off_once(
    database: Database, temporal: Temporal, steps: HousekeepingSteps
) -> None:
    organization = await an_organization(database)
    async with database.begin() as tx:
        await wallets.credit(tx, lot(organization), source="promotion", cause="gift")
    async with running(temporal, [Housekeeping], all_of(steps)):
        assert (await (await start(temporal)).result()).lots_written_off == 1
        assert (await (await start(temporal)).result()).lots_written_off == 0
    assert await one(database, "select balance_nanos from wallets") == 0


async def test_archives_are_removed_when_their_time_is_over(
    database: Database, temporal: Temporal, steps: HousekeepingSteps
) -> None:
    organization = await an_organization(database)
    async with database.begin() as tx:
        await tx.exec_driver_sql(
            "insert into data_exports (id, organization_id, state, requested_at, sha256, expires_at) values"
            f" (uuidv7(), '{organization}', 'ready', now(), decode(repeat('00', 32), 'hex'), now() - interval '1 day')"
        )
    async with running(temporal, [Housekeeping], all_of(steps)):
        await (await start(temporal)).result()
    assert await one(database, "select state from data_exports") == "removed"


def lot(organization_id: uuid.UUID) -> CreditLot:
    """A dollar that expired yesterday."""
    return CreditLot(
        id=new_id(),
        organization_id=organization_id,
        kind="granted",
        reason="welcome",
        priority=40,
        amount_nanos=10**9,
        remaining_nanos=10**9,
        expires_at=NOW - timedelta(days=1),
        key="lot",
        created_at=NOW - timedelta(days=9),
    )
