"""What accounts ask for by the hour: warnings before API keys end, payloads removed that nobody wants kept."""

from datetime import datetime
from hashlib import sha256

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.correspondence import Sender, post
from db import key_warnings, organization_settings, organizations
from db.engine import Database, Tx
from db.key_warnings import EndingKey
from domain.ids import show
from domain.letters import KeyEnds

_CHUNK = 100
_PAYLOADS = 5_000


class Hour(BaseModel):
    """The upkeep is done as of `at`, whenever a step is repeated."""

    model_config = ConfigDict(frozen=True)

    at: datetime


class UpkeepSteps:
    """Each step may be repeated at any time."""

    def __init__(self, database: Database, sender: Sender) -> None:
        self._database = database
        self._sender = sender

    @activity.defn
    async def warn_of_ending_keys(self, hour: Hour) -> int:
        """Afterwards the readers of every due warning have it in the outbox, once; says how many keys were due."""
        warned = 0
        while True:
            async with self._database.begin() as tx:
                found = await key_warnings.claim(tx, now=hour.at, limit=_CHUNK)
                for key in found:
                    await self._write(tx, key, now=hour.at)
            activity.heartbeat(warned)
            if not found:
                return warned
            warned += len(found)

    @activity.defn
    async def remove_unwanted_payloads(self, _hour: Hour) -> int:
        """Afterwards organizations that want no payload kept have none; says how many were removed."""
        removed = 0
        while True:
            async with self._database.begin() as tx:
                found = await organization_settings.remove_unwanted_payloads(tx, limit=_PAYLOADS)
            activity.heartbeat(removed)
            if not found:
                return removed
            removed += found

    async def _write(self, tx: Tx, key: EndingKey, *, now: datetime) -> None:
        """Queues the letter for each of its readers; its key makes it one letter for each key and step."""
        owner, about = key.organization_id, show("key", key.id)
        for each in await key_warnings.readers(tx, key):
            facts = await self._facts(tx, key, to_staff=each.of_staff)
            reader = sha256(each.email.encode()).hexdigest()[:16]
            once = f"key-ends:{key.id.hex}:{key.days_left}:{reader}"
            where = {"to": each.email, "about": about, "organization_id": owner}
            await post(tx, "key_ends", facts, key=once, **where, now=now)

    async def _facts(self, tx: Tx, key: EndingKey, *, to_staff: bool) -> KeyEnds:
        """What the letter says: to staff of the console's page, to clients of the portal's in their organization's way."""
        page, who = "/console/api-keys", self._sender.to("Staff")
        if key.organization_id is not None:
            owner = await organizations.get(tx, organization_id=key.organization_id)
            page = (
                f"/console/organizations/{show('org', owner.id)}/api-keys" if to_staff else "/portal/api-keys"
            )
            who = self._sender.to_client(owner)
        return KeyEnds(
            who=who,
            name=key.name,
            prefix=key.prefix,
            ends_at=key.expires_at,
            days_left=key.days_left,
            last_used_at=key.last_used_at,
            link=f"{self._sender.public_url}{page}",
        )
