"""Looking at the schedules and pausing them, for doors."""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal

from activities.schedules import FIXED, billing
from db import audit, housekeeping
from db.engine import Database
from domain.audit import Actor, Entry
from domain.errors import NotFound, WrongState
from gateways.temporal import schedules
from gateways.temporal.connection import Temporal
from gateways.temporal.schedules import Declared, Standing

Act = Literal["pause", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A schedule with what it is for; `standing` is None where Temporal has it not, or not yet."""

    declared: Declared
    standing: Standing | None


async def list_all(database: Database, temporal: Temporal) -> list[Planned]:
    """Every schedule of the house: month-ends by zone, then the others.

    Raises:
        Unavailable: Temporal does not answer.
    """
    every = await _declared(database)
    standing = await asyncio.gather(*(schedules.look(temporal, each.id) for each in every))
    return [Planned(declared=each, standing=found) for each, found in zip(every, standing, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody tells a schedule, and why."""

    schedule_id: str
    act: Act
    reason: str
    actor: Actor


async def steer(database: Database, temporal: Temporal, wanted: Wanted) -> Planned:
    """The schedule after it was paused or resumed in the actor's name.

    The log has the act before Temporal has it: who crashes in between leaves an entry of what was asked. Done twice,
    it is refused, and changes nothing.

    Raises:
        NotFound: there is no such schedule.
        WrongState: it is paused already, or is not.
        Unavailable: Temporal does not answer.
    """
    before = await _look(database, temporal, wanted.schedule_id)
    pausing = wanted.act == "pause"
    if before.standing is None or before.standing.paused == pausing:
        raise WrongState(_refusal(before.standing))
    await _note(database, wanted)
    tell = schedules.pause if pausing else schedules.resume
    note = f"{wanted.reason or wanted.act + 'd'} ({wanted.actor.name})"
    await tell(temporal, wanted.schedule_id, note=note)
    return replace(before, standing=await schedules.look(temporal, wanted.schedule_id))


async def _look(database: Database, temporal: Temporal, schedule_id: str) -> Planned:
    declared = next((each for each in await _declared(database) if each.id == schedule_id), None)
    if declared is None:
        raise NotFound("There is no such schedule")
    return Planned(declared=declared, standing=await schedules.look(temporal, schedule_id))


async def _declared(database: Database) -> list[Declared]:
    async with database.begin() as tx:
        zones = await housekeeping.list_zones(tx)
    return [*(billing(zone) for zone in zones), *FIXED]


def _refusal(standing: Standing | None) -> str:
    if standing is None:
        return "Temporal does not have this schedule yet; a worker makes it within a minute of its start"
    return "It is paused already" if standing.paused else "It is not paused"


async def _note(database: Database, wanted: Wanted) -> None:
    pausing = wanted.act == "pause"
    before, after = {"paused": not pausing}, {"paused": pausing, "reason": wanted.reason}
    entry = Entry(f"schedule.{wanted.act}", "schedule", wanted.schedule_id, None, before, after)
    async with database.begin() as tx:
        await audit.append(tx, [entry], actor=wanted.actor)
