"""The facts of letters about the deletion of an organization, frozen. Moments are aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDeletion:
    """What every letter about the deletion of an organization says; `link` leads to where it is seen to."""

    who: Correspondents
    organization: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRequested(OfDeletion):
    """Somebody asked for it; `to_staff` asks the reader to decide, else it tells the owners."""

    requested_by: str
    reason: str
    decides_until: datetime
    to_staff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReminder(OfDeletion):
    """It still waits for somebody of the staff to decide; `days` days by now."""

    requested_by: str
    days: int
    decides_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionEscalated(DeletionReminder):
    """The same, louder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionApproved(OfDeletion):
    """It will be deleted at `deletes_at`; until then `link` leads to where that is undone."""

    deletes_at: datetime
    open_invoices: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRefused(OfDeletion):
    """Nothing is deleted, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionExpired(OfDeletion):
    """Nobody decided in time: nothing is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRestored(OfDeletion):
    """Somebody took it back; everything works as before."""

    restored_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionDone(OfDeletion):
    """It is deleted; `link` leads to the last archive and the certificate, until `available_until`."""

    certificate: str
    available_until: datetime
    open_invoices: int = 0
