"""Letters about deletions, archives and erasures: written once for each reader, links for their eyes only sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.correspondence import Sender, post
from activities.mail_secrets import MailSecrets
from db import organizations, users
from db.engine import Tx
from db.erasing.people import Person
from domain.letters import Correspondents, Facts, Kind


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

    async def to_person(self, tx: Tx, person: Person) -> Correspondents:
        """Who writes to somebody about their account: in the way of the organization they belong to longest."""
        for member in await users.list_memberships(tx, user_id=person.id):
            known = await organizations.get(tx, organization_id=member.organization_id)
            return self.sender.to(
                person.name or person.email, country=known.country, time_zone=known.time_zone
            )
        return self.sender.to(person.name or person.email)

    async def queue(self, tx: Tx, letter: Addressed, *, now: datetime) -> UUID:
        """Afterwards the letter is in the outbox, once."""
        key = f"{letter.subject_id}:{letter.kind}:{letter.to.id.hex}"
        return await post(
            tx,
            letter.kind,
            letter.facts,
            key=key,
            to=letter.to.email,
            about=letter.subject_id,
            organization_id=letter.organization_id,
            secret=None if letter.link is None else self._secrets.sealed(letter.link, key=key),
            now=now,
        )
