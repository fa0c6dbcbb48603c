"""Releasing quarantined usage once a price covers it."""

from datetime import datetime

from db import audit, quarantine
from db.engine import Database
from domain.audit import Actor, Entry
from domain.ids import show
from domain.money import format_amount
from domain.quarantine import Release, ReleaseScope, merged


class Quarantine:
    """Charges what waited for a price."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def release(self, scope: ReleaseScope, *, actor: Actor, now: datetime) -> tuple[Release, ...]:
        """Charges every record of the scope that a price covers, in commits of a few thousand.

        Afterwards each is priced, debited and counted in the roll-ups exactly once; repeating it, or stopping it
        half-way and beginning again, charges nothing twice.
        """
        releases: list[Release] = []
        while True:
            async with self._database.begin() as tx:
                chunk = await quarantine.release_chunk(tx, scope=scope, now=now)
                await audit.append(tx, [_entry(release, scope) for release in chunk], actor=actor)
            if not chunk:
                return merged(releases)
            releases.extend(chunk)


def _entry(release: Release, scope: ReleaseScope) -> Entry:
    """An entry of the audit log for one organization's part of a commit."""
    after = {
        "records": release.records,
        "amount": format_amount(release.amount_nanos),
        "currency": release.currency,
        "provider": scope.provider,
        "model": scope.model,
        "meter": scope.meter,
    }
    target = show("org", release.organization_id)
    return Entry("quarantine.released", "organization", target, release.organization_id, after=after)
