"""Letters about deletions, archives and erasures: written once for each reader, links for their eyes only sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.correspondence import Sender
from activities.mail_secrets import MailSecrets
from db import mails, organizations, users
from db.engine import Tx
from db.erasing.people import Person
from domain.letters import Correspondents, Facts, Kind
from domain.organization import Organization
from gateways import letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """One letter to one reader about `subject_id`; `link` takes the place of READERS_LINK when it leaves."""

    kind: Kind
    facts: Facts
    to: Person
    subject_id: str
    organization_id: UUID | None = None
    link: str | None = None


class PrivacyLetters:
    """Writes letters into the outbox; the same letter about the same thing to the same reader is one."""

    def __init__(self, sender: Sender, secrets: MailSecrets) -> None:
        self.sender = sender
        self._secrets = secrets

    def page(self, path: str) -> str:
        """The address of one of our pages."""
        return f"{self.sender.public_url}{path}"

    def to_staff(self) -> Correspondents:
        """Who writes to our own people."""
        return self._who(self.sender.name, "US", "UTC")

    def to_client(self, organization: Organization) -> Correspondents:
        """Who writes to an organization's people."""
        return self._who(organization.name, organization.country, organization.time_zone)

    async def to_person(self, tx: Tx, person: Person) -> Correspondents:
        """Who writes to somebody about their account: in the way of the organization they belong to longest."""
        for member in await users.list_memberships(tx, user_id=person.id):
            known = await organizations.get(tx, organization_id=member.organization_id)
            return self._who(person.name or person.email, known.country, known.time_zone)
        return self._who(person.name or person.email, "US", "UTC")

    def _who(self, client: str, country: str, time_zone: str) -> Correspondents:
        return Correspondents(
            seller=self.sender.name,
            seller_address_lines=self.sender.address_lines,
            support_email=self.sender.support_email,
            client=client,
            country=country,
            time_zone=time_zone,
        )

    async def queue(self, tx: Tx, letter: Addressed, *, now: datetime) -> UUID:
        """Afterwards the letter is in the outbox, once."""
        subject, body, html = letters.write(letter.kind, letter.facts)
        key = f"{letter.subject_id}:{letter.kind}:{letter.to.id.hex}"
        return await mails.queue(
            tx,
            key=key,
            kind=letter.kind,
            organization_id=letter.organization_id,
            subject_id=letter.subject_id,
            recipient=letter.to.email,
            subject=subject,
            text=body,
            html=html,
            secret=None if letter.link is None else self._secrets.sealed(letter.link, key=key),
            now=now,
        )
