"""The daily steps: partitions ahead, ledger and audit log sealed, old traces removed, expired credit written off."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeats import beating
from db import (
    audit,
    audit_seals,
    certificates,
    data_exports,
    housekeeping,
    idempotency,
    ledger_seals,
    wallets,
)
from db.engine import Database
from db.erasing import organizations as erasing
from domain.audit import Entry
from domain.ids import show

_SEALED_BACK_DAYS = 14


class Day(BaseModel):
    """The day's housekeeping is done as of `at`, whenever a step is repeated."""

    model_config = ConfigDict(frozen=True)

    at: datetime


class HousekeepingSteps:
    """Each step may be repeated at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def make_partitions(self, day: Day) -> int:
        """Afterwards usage and payloads have partitions three months ahead; says how many were made."""
        made = 0
        for parent in housekeeping.PARTITIONED:
            async with self._database.begin() as tx:
                made += await housekeeping.ensure_partitions(tx, parent=parent, now=day.at)
        return made

    @activity.defn
    async def seal_ledger(self, day: Day) -> int:
        """Afterwards every ended day of the ledger (UTC) is sealed, and its seal stands in the log; says how many were."""
        sealed = 0
        async with beating():
            while await self._seal_next(day):
                sealed += 1
        return sealed

    async def _seal_next(self, day: Day) -> bool:
        """Seals one day of the ledger, and writes it into the log; False when none is left."""
        async with self._database.begin() as tx:
            seal = await ledger_seals.seal_next(tx, now=day.at)
            if seal is not None:
                facts = {"postings": seal.postings, "hash": seal.hash.hex()}
                await audit.append(tx, [Entry("ledger.seal", "ledger", str(seal.day), None, None, facts)])
        return seal is not None

    @activity.defn
    async def seal_audit(self, day: Day) -> None:
        """Afterwards every day of the last two weeks that has ended (UTC) is sealed."""
        for back in range(_SEALED_BACK_DAYS, 0, -1):
            async with self._database.begin() as tx:
                await audit_seals.seal(tx, day=(day.at - timedelta(days=back)).date(), now=day.at)

    @activity.defn
    async def forget_old_traces(self, day: Day) -> int:
        """Afterwards old idempotency answers and traces of signing in are gone; says how many."""
        async with self._database.begin() as tx:
            answers = await idempotency.forget_old(tx, now=day.at)
        async with self._database.begin() as tx:
            return answers + await housekeeping.forget_sign_in_traces(tx, now=day.at)

    @activity.defn
    async def write_off_expired_credit(self, day: Day) -> int:
        """Afterwards no expired lot has anything left; says how many were written off."""
        written_off = 0
        while True:
            async with self._database.begin() as tx:
                found = await wallets.expire_lots(tx, now=day.at)
            activity.heartbeat(written_off)
            if not found:
                return written_off
            written_off += found

    @activity.defn
    async def remove_expired_archives(self, day: Day) -> int:
        """Afterwards no archive or link is kept beyond its time; says how many archives were removed."""
        async with self._database.begin() as tx:
            await certificates.forget_take_aways(tx, now=day.at)
            return await data_exports.remove_expired(tx, now=day.at)

    @activity.defn
    async def forget_settled_contacts(self, day: Day) -> int:
        """Afterwards deleted organizations that owe nothing any more have no address left; says how many had."""
        async with self._database.begin() as tx:
            settled = await erasing.forget_settled_contacts(tx, now=day.at)
            named = [(show("org", each), each) for each in settled]
            await audit.append(
                tx, [Entry("organization.forget_contact", "organization", *one) for one in named]
            )
        return len(settled)
