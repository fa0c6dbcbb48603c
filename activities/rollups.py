"""The pump that folds committed usage into the roll-ups, and their proof and rebuilding."""

from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client import Gauge

from db import rollup_proof, rollups
from db.engine import Database
from db.rollup_proof import RollupBreak

LAG = Gauge("backoffice_rollups_lag_seconds", "Age of the oldest usage that the roll-ups do not hold yet")
_WORTH_SUMMARIZING = 10_000


class RollupPump:
    """Folds up to about a hundred thousand records a round."""

    name = "rollups"
    idle_seconds = 0.5

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unsummarized = 0

    async def run_once(self) -> int:
        """Afterwards what it took is in every roll-up, exactly once; says how many batches that were."""
        async with self._database.begin() as tx:
            folded = await rollups.fold(tx)
        async with self._database.begin() as tx:
            LAG.set(await rollups.lag_seconds(tx, now=datetime.now(UTC)))
        self._unsummarized += folded.records
        if self._unsummarized >= _WORTH_SUMMARIZING and folded.months:
            await self._summarize(folded)
        return folded.batches

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
