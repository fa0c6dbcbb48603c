"""The calendar: one month-end for each time zone, kept as declared, paused when people say so."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import ScheduleOverlapPolicy

from activities.schedules import Schedules, billing
from db.engine import Database
from gateways.temporal import schedules
from tests.temporal import Temporal
from tests.world import an_organization


async def test_every_zone_with_an_organization_has_its_month_end(
    database: Database, temporal: Temporal
) -> None:
    for zone in ("Asia/Kolkata", "Asia/Kolkata", "America/St_Johns"):
        await an_organization(database, zone=zone)
    await Schedules(database, temporal).reconcile()
    for schedule in ("billing/Asia/Kolkata", "billing/America/St_Johns", "money-proofs", "housekeeping"):
        assert (await temporal.client.get_schedule_handle(schedule).describe()).id == schedule


async def test_a_zone_that_comes_later_is_added_once(database: Database, temporal: Temporal) -> None:
    pump = Schedules(database, temporal)
    await an_organization(database, zone="Pacific/Apia")
    assert [await pump.run_once(), await pump.run_once()] == [1, 0]


async def test_the_month_ends_at_four_in_the_morning_of_the_zone(temporal: Temporal) -> None:
    await schedules.ensure(temporal, billing("America/New_York"))
    described = await temporal.client.get_schedule_handle("billing/America/New_York").describe()
    first = described.info.next_action_times[0]
    local = first.astimezone(ZoneInfo("America/New_York"))
    assert (local.day, local.hour, local.minute) == (1, 4, 0)
    assert first > datetime.now(UTC)


async def test_missed_month_ends_are_caught_up_one_after_the_other(temporal: Temporal) -> None:
    await schedules.ensure(temporal, billing("Europe/Paris"))
    policy = (await temporal.client.get_schedule_handle("billing/Europe/Paris").describe()).schedule.policy
    assert policy.overlap == ScheduleOverlapPolicy.BUFFER_ALL
    assert (policy.catchup_window, policy.pause_on_failure) == (timedelta(days=366), False)


async def test_a_schedule_that_people_paused_stays_paused(temporal: Temporal) -> None:
    await schedules.ensure(temporal, billing("Asia/Tokyo"))
    handle = temporal.client.get_schedule_handle("billing/Asia/Tokyo")
    await handle.pause(note="audit")
    await schedules.ensure(temporal, billing("Asia/Tokyo"))
    state = (await handle.describe()).schedule.state
    assert (state.paused, state.note) == (True, "audit")
    await handle.delete()
