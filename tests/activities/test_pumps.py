"""Pumps go on whatever happens, rest when there is nothing, and stop when told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from typing_extensions import override

from activities.pumps import FAILING, Pumping, Pumps
from db.engine import Database


class Spy:
    """A pump that moves what it is given, one number a round; an exception is raised instead."""

    name = "spy"

    def __init__(self, *rounds: int | Exception, idle_seconds: float = 0.001) -> None:
        self.rounds = list(rounds)
        self.idle_seconds = idle_seconds
        self.done = 0
        self.empty = asyncio.Event()

    async def run_once(self) -> int:
        self.done += 1
        if not self.rounds:
            self.empty.set()
            return 0
        moved = self.rounds.pop(0)
        if isinstance(moved, Exception):
            raise moved
        return moved


@asynccontextmanager
async def pumping(spy: Spy) -> AsyncIterator[Pumping]:
    pumping = Pumping(spy)
    task = asyncio.create_task(pumping.run())
    yield pumping
    pumping.stop()
    await task


async def test_it_goes_on_at_once_while_there_is_work() -> None:
    spy = Spy(5, 5, 5, idle_seconds=3600)
    async with pumping(spy):
        await spy.empty.wait()
    assert spy.done == 4


async def test_a_failed_round_is_not_the_last() -> None:
    spy = Spy(RuntimeError("broken"), RuntimeError("still broken"), 1)
    async with pumping(spy):
        await spy.empty.wait()
    assert spy.done == 4
    assert FAILING.labels("spy")._value.get() == 0


async def test_a_pump_that_fails_is_seen() -> None:
    spy = Spy(RuntimeError("broken"), idle_seconds=3600)
    async with pumping(spy):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert FAILING.labels("spy")._value.get() == 1


async def test_a_resting_pump_can_be_woken() -> None:
    spy = Spy(idle_seconds=3600)
    async with pumping(spy) as loop:
        await spy.empty.wait()
        spy.rounds.append(1)
        spy.empty.clear()
        loop.wake()
        await spy.empty.wait()
    assert spy.done == 3


async def test_a_resting_pump_stops_at_once() -> None:
    spy = Spy(idle_seconds=3600)
    async with pumping(spy):
        await spy.empty.wait()
    assert spy.done == 1


async def test_a_round_that_does_not_end_is_cut_off_after_the_grace(database: Database) -> None:
    begun, cut_off = asyncio.Event(), asyncio.Event()

    class Hanging(Spy):
        @override
        async def run_once(self) -> int:
            begun.set()
            try:
                return await asyncio.Event().wait()
            finally:
                cut_off.set()

    pumps = Pumps([Hanging(), Spy()], database)
    pumps.start()
    await begun.wait()
    await pumps.stop(grace=timedelta())
    await cut_off.wait()
