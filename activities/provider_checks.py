"""Whether providers of models accept the keys that organizations gave us: asked, written down, told."""

from datetime import datetime
from uuid import UUID

from activities.correspondence import Sender, post
from activities.provider_secrets import ProviderSecrets
from db import audit, organizations, projects, provider_credentials
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.letters import ProviderKeyRefused
from domain.provider_credential import Finding, ProviderCredential
from gateways.model_providers import ModelProviders

UNREADABLE = Finding("unchecked", "This installation can no longer read the key; rotate it")


class ProviderChecks:
    """Checks one key at a time; no transaction is open while a provider is asked."""

    def __init__(
        self, database: Database, providers: ModelProviders, secrets: ProviderSecrets, sender: Sender
    ) -> None:
        self._database = database
        self._providers = providers
        self._sender = sender
        self.secrets = secrets

    @classmethod
    def open(cls, database: Database, sender: Sender, *, pepper: str, strict: bool) -> "ProviderChecks":
        """With a gateway of its own; `strict` is every installation but one for development."""
        return cls(database, ModelProviders(strict=strict), ProviderSecrets.under(pepper), sender)

    async def close(self) -> None:
        """Closes the gateway."""
        await self._providers.close()

    async def check(
        self, credential_id: UUID, *, now: datetime, actor: Actor | None = None
    ) -> ProviderCredential:
        """Afterwards its readiness is what the provider says now; what was changed meanwhile stays unchecked.

        Whoever asked for it is in the audit log; without an `actor` only what became different is.

        Raises:
            NotFound: there is no such key, or no longer.
        """
        async with self._database.begin() as tx:
            asked = await provider_credentials.get(tx, credential_id=credential_id)
            sealed = await provider_credentials.sealed_secret(tx, credential=asked)
        finding = await self._finding(asked, sealed)
        async with self._database.begin() as tx:
            return await self._record(tx, asked, finding, now=now, actor=actor)

    async def _finding(self, asked: ProviderCredential, sealed: str | None) -> Finding:
        """What the provider makes of the key."""
        secret = self.secrets.opened(asked, sealed) if sealed is not None else None
        if secret is None:
            return UNREADABLE
        return await self._providers.look(asked.host, base_url=asked.base_url, secret=secret)

    async def _record(
        self, tx: Tx, asked: ProviderCredential, finding: Finding, *, now: datetime, actor: Actor | None
    ) -> ProviderCredential:
        """Writes the finding down, unless it is about a secret or an address of before."""
        before = await provider_credentials.lock(tx, credential_id=asked.id)
        if (before.version, before.base_url) != (asked.version, asked.base_url):
            return before
        after = before.found(finding, now=now)
        await provider_credentials.note_finding(tx, after)
        if before.ready_at is not None and after.stopped_working(before):
            await self._tell(tx, after, worked_at=before.ready_at, now=now)
        if actor is not None or after.readiness != before.readiness:
            await audit.append(tx, [_entry(before, after)], actor=actor)
        return after

    async def _tell(self, tx: Tx, refused: ProviderCredential, *, worked_at: datetime, now: datetime) -> None:
        """Queues the letter for the organization's owners and admins, once for each time a key stops working."""
        facts, about = await self._facts(tx, refused, worked_at=worked_at, now=now), show("cred", refused.id)
        owner = refused.organization_id
        for to in await provider_credentials.readers(tx, organization_id=owner):
            once = f"provider-key-refused:{refused.id.hex}:{worked_at.timestamp():.6f}:{to}"
            await post(
                tx,
                "provider_key_refused",
                facts,
                key=once,
                to=to,
                about=about,
                organization_id=owner,
                now=now,
            )

    async def _facts(
        self, tx: Tx, refused: ProviderCredential, *, worked_at: datetime, now: datetime
    ) -> ProviderKeyRefused:
        """What the letter says."""
        owner = await organizations.get(tx, organization_id=refused.organization_id)
        return ProviderKeyRefused(
            who=self._sender.to_client(owner),
            provider=refused.called,
            name=refused.name,
            last_four=refused.last_four,
            project="" if refused.project_id is None else await _project(tx, refused.project_id),
            reason=refused.reason,
            worked_at=worked_at,
            refused_at=now,
            link=f"{self._sender.public_url}/portal/settings/providers",
        )


async def _project(tx: Tx, project_id: UUID) -> str:
    """The project's name."""
    return (await projects.get(tx, project_id=project_id)).name


def _entry(before: ProviderCredential, after: ProviderCredential) -> Entry:
    """What the audit log keeps of a check."""
    found = {"readiness": after.readiness, "reason": after.reason}
    target = show("cred", after.id)
    return Entry(
        "provider_credential.check",
        "provider_credential",
        target,
        after.organization_id,
        {"readiness": before.readiness},
        found,
    )
