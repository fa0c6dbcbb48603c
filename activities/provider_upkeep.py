"""The daily look at every key at a provider of models."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities.provider_checks import ProviderChecks
from activities.upkeep import Hour
from db import provider_credentials
from db.engine import Database
from domain.errors import NotFound

# Each takes a connection for a moment only, but a provider that is slow takes ten seconds.
_TOGETHER = 4
# What is not reached is still due in an hour.
_LONGEST_SECONDS = 600.0


class ProviderUpkeep:
    """May be repeated: what was checked as of the same hour is not due again."""

    def __init__(self, database: Database, checks: ProviderChecks) -> None:
        self._database = database
        self._checks = checks

    @activity.defn
    async def check_provider_keys(self, hour: Hour) -> int:
        """Afterwards every enabled key was checked within the last day, as far as ten minutes suffice; says how many."""
        checked, begun = 0, time.monotonic()
        while time.monotonic() - begun < _LONGEST_SECONDS:
            async with self._database.begin() as tx:
                due = await provider_credentials.list_due(tx, now=hour.at, most=_TOGETHER)
            if not due:
                break
            await asyncio.gather(*(self._check(each, now=hour.at) for each in due))
            checked += len(due)
            activity.heartbeat(checked)
        return checked

    async def _check(self, credential_id: UUID, *, now: datetime) -> None:
        """One key; it may have been removed meanwhile."""
        with suppress(NotFound):
            await self._checks.check(credential_id, now=now)
