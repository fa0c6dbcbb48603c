"""Which letter about a deletion goes to whom: the staff who may decide, the owners, whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from activities.privacy_letters import Addressed, PrivacyLetters
from db import organizations, staff
from db.engine import Tx
from db.erasing import organizations as erasing
from db.erasing.people import Person, find_person, list_owners
from domain.deletion import Deletion
from domain.letters import (
    Correspondents,
    DeletionApproved,
    DeletionEscalated,
    DeletionExpired,
    DeletionRefused,
    DeletionReminder,
    DeletionRequested,
    DeletionRestored,
    Facts,
)
from domain.organization import Organization

DeletionLetter = Literal[
    "deletion_requested",
    "deletion_reminder",
    "deletion_escalated",
    "deletion_approved",
    "deletion_refused",
    "deletion_expired",
    "deletion_restored",
]
_TO_STAFF = ("deletion_requested", "deletion_reminder", "deletion_escalated")
_TO_OWNERS_TOO = "deletion_requested"


@dataclass(frozen=True, slots=True)
class _Matter:
    """What every letter about one deletion needs."""

    deletion: Deletion
    organization: Organization
    asked_by: str
    restored_by: str
    open_invoices: int
    now: datetime


class DeletionLetters:
    """Writes them."""

    def __init__(self, letters: PrivacyLetters) -> None:
        self._letters = letters

    async def write(self, tx: Tx, deletion: Deletion, kind: DeletionLetter, *, now: datetime) -> int:
        """Afterwards every reader of this letter has it in the outbox, once; says how many readers."""
        matter = await self._matter(tx, deletion, now)
        staff_page = self._letters.page(f"/console/deletions/{deletion.shown_id}")
        owners_page = self._letters.page("/portal/settings/privacy")
        to_staff = self._letters.sender.to_staff()
        to_client = self._letters.sender.to_client(matter.organization)
        readers = [(each, to_staff, staff_page) for each in await self._staff(tx, deletion, kind)]
        if kind not in _TO_STAFF or kind == _TO_OWNERS_TOO:
            owners = await list_owners(tx, organization_id=deletion.organization_id)
            readers += [(each, to_client, owners_page) for each in owners]
        for reader, who, link in readers:
            facts = _facts(kind, matter, who, link, to_staff=who is to_staff)
            await self._queue(tx, matter, kind, reader, facts)
        return len(readers)

    async def _queue(
        self, tx: Tx, matter: _Matter, kind: DeletionLetter, reader: Person, facts: Facts
    ) -> None:
        letter = Addressed(
            kind=kind,
            facts=facts,
            to=reader,
            subject_id=matter.deletion.shown_id,
            organization_id=matter.organization.id,
        )
        await self._letters.queue(tx, letter, now=matter.now)

    async def _staff(self, tx: Tx, deletion: Deletion, kind: DeletionLetter) -> Sequence[Person]:
        """Who may decide, while there is something to decide; afterwards the one who asked, if of the staff."""
        others = await staff.list_others(tx, but=deletion.requested_by)
        if kind in _TO_STAFF:
            house = Person(UUID(int=0), self._letters.sender.support_email)
            return [Person(*each) for each in others] or [house]
        everybody = await staff.list_others(tx, but=UUID(int=0))
        return [Person(*each) for each in everybody if each[0] == deletion.requested_by]

    async def _matter(self, tx: Tx, deletion: Deletion, now: datetime) -> _Matter:
        organization = await organizations.get(tx, organization_id=deletion.organization_id)
        money = await erasing.money(tx, organization_id=deletion.organization_id, unsent=False)
        restored_by = await _name(tx, deletion.restored_by)
        asked_by = await _name(tx, deletion.requested_by)
        return _Matter(deletion, organization, asked_by, restored_by, money.open_invoices, now)


async def _name(tx: Tx, user_id: UUID | None) -> str:
    """How somebody is called in letters."""
    if user_id is None:
        return ""
    person = await find_person(tx, user_id=user_id)
    return f"{person.name} ({person.email})" if person.name else person.email


def _facts(kind: DeletionLetter, matter: _Matter, who: Correspondents, link: str, *, to_staff: bool) -> Facts:
    deletion, name = matter.deletion, matter.organization.name
    waiting = {
        "who": who,
        "organization": name,
        "requested_by": matter.asked_by,
        "days": (matter.now - deletion.requested_at).days,
        "decides_until": deletion.decides_until,
        "link": link,
    }
    match kind:
        case "deletion_requested":
            return DeletionRequested(
                who=who,
                organization=name,
                requested_by=matter.asked_by,
                reason=deletion.reason,
                decides_until=deletion.decides_until,
                link=link,
                to_staff=to_staff,
            )
        case "deletion_reminder":
            return DeletionReminder(**waiting)  # type: ignore[arg-type]  # the facts of both nudges, named above
        case "deletion_escalated":
            return DeletionEscalated(**waiting)  # type: ignore[arg-type]  # the same
        case "deletion_approved":
            at = deletion.deletes_at or matter.now
            owing = matter.open_invoices
            return DeletionApproved(who=who, organization=name, deletes_at=at, link=link, open_invoices=owing)
        case "deletion_refused":
            return DeletionRefused(who=who, organization=name, reason=deletion.decision_reason, link=link)
        case "deletion_expired":
            return DeletionExpired(who=who, organization=name, link=link)
        case "deletion_restored":
            return DeletionRestored(who=who, organization=name, restored_by=matter.restored_by, link=link)
