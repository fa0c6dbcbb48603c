"""Which processes start by the calendar: a month-end in each time zone, the money proofs, the housekeeping."""

from datetime import timedelta

import structlog
from temporalio.client import (
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleRange,
    ScheduleSpec,
)

from db import housekeeping
from db.engine import Database
from gateways.temporal import schedules
from gateways.temporal.connection import Temporal
from gateways.temporal.schedules import Declared

log = structlog.get_logger(__name__)
BILLING_HOUR = 4

PROOFS = Declared(
    id="money-proofs",
    spec=ScheduleSpec(
        intervals=[ScheduleIntervalSpec(every=timedelta(minutes=5))], jitter=timedelta(seconds=20)
    ),
    workflow="MoneyProofs",
    argument={},
    summary="Proofs of the books",
    overlap=ScheduleOverlapPolicy.SKIP,
    catch_up=timedelta(minutes=5),
)
EVERYTHING = Declared(
    id="money-proofs-full",
    spec=ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(3)], minute=[ScheduleRange(30)])],
        jitter=timedelta(minutes=5),
    ),
    workflow="MoneyProofs",
    argument={"full": True},
    summary="Proofs of everything",
    overlap=ScheduleOverlapPolicy.SKIP,
    catch_up=timedelta(hours=12),
)
HOUSEKEEPING = Declared(
    id="housekeeping",
    spec=ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(2)], minute=[ScheduleRange(30)])],
        jitter=timedelta(minutes=5),
    ),
    workflow="Housekeeping",
    argument={},
    summary="Partitions, seals, expired credits",
    overlap=ScheduleOverlapPolicy.SKIP,
    catch_up=timedelta(hours=12),
    at_once=True,
)
UPKEEP = Declared(
    id="upkeep",
    spec=ScheduleSpec(
        intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))], jitter=timedelta(minutes=2)
    ),
    workflow="Upkeep",
    argument={},
    summary="Ending keys, unwanted payloads, provider keys",
    overlap=ScheduleOverlapPolicy.SKIP,
    catch_up=timedelta(hours=1),
)

FIXED = (PROOFS, EVERYTHING, HOUSEKEEPING, UPKEEP)


def billing(zone: str) -> Declared:
    """The month-end of one time zone: the first of the month at four in the morning there.

    Four o'clock exists and is unique on every day in every zone. Months that were missed are billed once each, the
    oldest first; a run that fails stops no later month, because staff are told of it and take it up.
    """
    return Declared(
        id=f"billing/{zone}",
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(day_of_month=[ScheduleRange(1)], hour=[ScheduleRange(BILLING_HOUR)])
            ],
            time_zone_name=zone,
        ),
        workflow="BillingRun",
        argument={"zone": zone},
        summary=f"Month-end in {zone}",
        overlap=ScheduleOverlapPolicy.BUFFER_ALL,
        catch_up=timedelta(days=366),
    )


class Schedules:
    """Keeps Temporal's schedules as declared here; schedules of others are left alone.

    As a pump it adds the month-end of a zone within a minute of its first organization.
    """

    name = "schedules"
    idle_seconds = 30.0

    def __init__(self, database: Database, temporal: Temporal) -> None:
        self._database = database
        self._temporal = temporal
        self._ensured: set[str] = set()

    async def reconcile(self) -> None:
        """Afterwards every declared schedule exists as declared; one that people paused stays paused."""
        for declared in FIXED:
            await schedules.ensure(self._temporal, declared)
        self._ensured.clear()
        await self.run_once()

    async def run_once(self) -> int:
        """Afterwards every zone with an organization has its month-end; says how many were looked after."""
        async with self._database.begin() as tx:
            zones = await housekeeping.list_zones(tx)
        new = [zone for zone in zones if zone not in self._ensured]
        for zone in new:
            await schedules.ensure(self._temporal, billing(zone))
            self._ensured.add(zone)
            log.info("month-end is scheduled", zone=zone)
        return len(new)
