"""The pump that keeps what each organization spent ready to be put in order."""

from datetime import UTC, datetime, timedelta

from db import account_sums
from db.engine import Database

_ALL_EVERY = timedelta(hours=1)
# The roll-ups hold a posting's usage seconds after it was posted; this is longer than they are ever behind.
_FOLDED_WITHIN = timedelta(minutes=2)


class AccountSumPump:
    """Counts what was just used every half minute, and every organization each hour, because the days move on."""

    name = "account_sums"
    idle_seconds = 30.0

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted_at: datetime | None = None
        self._all_at: datetime | None = None

    async def run_once(self) -> int:
        """Afterwards the sums are those of the roll-ups; always rests, since one round counts all there is."""
        now = datetime.now(UTC)
        is_whole = self._all_at is None or now - self._all_at >= _ALL_EVERY
        since = None if is_whole or self._counted_at is None else self._counted_at - _FOLDED_WITHIN
        async with self._database.begin() as tx:
            await account_sums.count(tx, now=now, posted_since=since)
        self._counted_at = now
        self._all_at = now if is_whole else self._all_at
        return 0
