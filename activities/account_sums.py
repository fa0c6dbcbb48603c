"""The pump that keeps what each organization spent ready to be put in order."""

from datetime import UTC, datetime

from db import account_sums
from db.engine import Database


class AccountSumPump:
    """Counts every organization's spending anew; the lists of accounts are never older than its rest."""

    name = "account_sums"
    idle_seconds = 30.0

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self) -> int:
        """Afterwards the sums are those of the roll-ups; always rests, since one round counts all."""
        async with self._database.begin() as tx:
            await account_sums.count(tx, now=datetime.now(UTC))
        return 0
