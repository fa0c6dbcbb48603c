"""What accounts ask for by the hour: warnings before API keys end, payloads removed that nobody wants kept."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.correspondence import Sender
from db import key_warnings, mails, organization_settings, organizations
from db.engine import Database, Tx
from db.key_warnings import EndingKey
from domain.ids import show
from domain.letters import Correspondents, KeyEnds
from gateways import letters

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
        subject, plain, html = letters.write("key_ends", await self._facts(tx, key))
        for reader in await key_warnings.readers(tx, key):
            await mails.queue(
                tx,
                key=f"key-ends:{key.id.hex}:{key.days_left}:{reader}",
                kind="key_ends",
                organization_id=key.organization_id,
                subject_id=show("key", key.id),
                recipient=reader,
                subject=subject,
                text=plain,
                html=html,
                now=now,
            )

    async def _facts(self, tx: Tx, key: EndingKey) -> KeyEnds:
        """What the letter says; to staff about staff keys, to clients in their organization's way."""
        url, who = f"{self._sender.public_url}/console/api-keys", self._who("Staff", "US", "UTC")
        if key.organization_id is not None:
            owner = await organizations.get(tx, organization_id=key.organization_id)
            url = f"{self._sender.public_url}/portal/api-keys"
            who = self._who(owner.name, owner.country, owner.time_zone)
        return KeyEnds(
            who=who,
            name=key.name,
            prefix=key.prefix,
            ends_at=key.expires_at,
            days_left=key.days_left,
            last_used_at=key.last_used_at,
            link=url,
        )

    def _who(self, client: str, country: str, time_zone: str) -> Correspondents:
        return Correspondents(
            seller=self._sender.name,
            seller_address_lines=self._sender.address_lines,
            support_email=self._sender.support_email,
            client=client,
            country=country,
            time_zone=time_zone,
        )
