"""Runs a pump until told to stop: at once while there is work, rested when there is none, never silently dead."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import Counter, Gauge

from db import intents
from db.engine import Database

log = structlog.get_logger(__name__)

MOVED = Counter("backoffice_pump_moved_total", "Rows a pump has moved", ["pump"])
FAILED = Counter("backoffice_pump_failures_total", "Rounds of a pump that failed", ["pump"])
FAILING = Gauge("backoffice_pump_failing", "1 while a pump's last round failed", ["pump"])
_LONGEST_PAUSE_SECONDS = 30.0
_JITTER = 0.2


class Pump(Protocol):
    """Moves what is waiting in a table; `idle_seconds` is how long it rests when nothing was there."""

    name: str
    idle_seconds: float

    async def run_once(self) -> int:
        """Moves some and says how many; zero lets it rest."""
        ...


class Pumping:
    """One pump's loop. `wake` cuts a rest short; `stop` lets a round under way finish."""

    def __init__(self, pump: Pump) -> None:
        self.pump = pump
        self._woken = asyncio.Event()
        self._stopped = False
        self._failures = 0

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def stop(self) -> None:
        """The loop ends after the round under way."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Rounds until stopped; a failed round is logged, counted and repeated after a growing pause."""
        while not self._stopped:
            self._woken.clear()
            moved = await self._round()
            if not moved or self._failures:
                await self._rest()

    async def _round(self) -> int:
        name = self.pump.name
        try:
            moved = await self.pump.run_once()
        except Exception:  # whatever it was, the next round may succeed, and a dead pump would go unseen
            self._failures += 1
            FAILED.labels(name).inc()
            FAILING.labels(name).set(1)
            log.exception("pump failed", pump=name, failures=self._failures)
            return 0
        self._failures = 0
        FAILING.labels(name).set(0)
        MOVED.labels(name).inc(moved)
        return moved

    async def _rest(self) -> None:
        pause = min(self.pump.idle_seconds * 2**self._failures, _LONGEST_PAUSE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), pause * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 — spreads load, guards nothing


class Pumps:
    """Every pump in a task of its own; the pump of intents is woken by each commit of `database` that wrote some."""

    def __init__(self, pumps: Sequence[Pump], database: Database) -> None:
        self._loops = [Pumping(pump) for pump in pumps]
        self._tasks: list[asyncio.Task[None]] = []
        self._database = database

    def start(self) -> None:
        """From now on they run."""
        for loop in self._loops:
            if loop.pump.name == "intents":
                intents.listen(self._database, loop.wake)
        self._tasks = [asyncio.create_task(loop.run(), name=loop.pump.name) for loop in self._loops]

    async def stop(self, *, grace: timedelta) -> None:
        """Rounds under way may finish for as long as `grace`; one that has not is cut off, to be repeated elsewhere."""
        for loop in self._loops:
            loop.stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace.total_seconds())
        for task in late:
            log.warning("pump is cut off", pump=task.get_name())
            task.cancel()
