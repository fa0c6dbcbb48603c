"""The pump that folds committed usage into the roll-ups, and their proof and rebuilding."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client import Gauge

from db import rollup_proof, rollups
from db.engine import Database
from db.rollup_proof import RollupBreak

LAG = Gauge("backoffice_rollups_lag_seconds", "Age of the oldest usage that the roll-ups do not hold yet")
_WORTH_SUMMARIZING = 10_000
_LOOK_EVERY_SECONDS = 600.0


class RollupPump:
    """Folds up to about a hundred thousand records a round."""

    name = "rollups"
    idle_seconds = 0.5

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unsummarized = 0
        self._next_look = 0.0

    async def run_once(self) -> int:
        """Afterwards what it took is in every roll-up, once; says how many batches (or ended days, months) that were."""
        async with self._database.begin() as tx:
            folded = await rollups.fold(tx)
        async with self._database.begin() as tx:
            LAG.set(await rollups.lag_seconds(tx, now=datetime.now(UTC)))
        self._unsummarized += folded.records
        if self._unsummarized >= _WORTH_SUMMARIZING and folded.months:
            await self._summarize(folded)
        return folded.batches or await self._close()

    async def _close(self) -> int:
        """When nothing else is to do, makes the sums of an ended day or month; looks for one every ten minutes."""
        if time.monotonic() < self._next_look:
            return 0
        async with self._database.begin() as tx:
            is_closed = await rollups.close(tx, now=datetime.now(UTC))
        self._next_look = 0.0 if is_closed else time.monotonic() + _LOOK_EVERY_SECONDS
        return int(is_closed)

    async def _summarize(self, folded: rollups.Folded) -> None:
        """Keeps the next rounds quick."""
        async with self._database.begin() as tx:
            await rollups.summarize(tx, months=folded.months)
        self._unsummarized = 0


async def verify(database: Database) -> Sequence[RollupBreak]:
    """Where roll-ups and records differ."""
    async with database.begin() as tx:
        return await rollup_proof.verify(tx)


async def rebuild(database: Database) -> int:
    """Makes the roll-ups anew; gives how many records they hold."""
    async with database.begin() as tx:
        return await rollups.rebuild(tx)
