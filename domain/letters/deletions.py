"""The facts of letters about the deletion of an organization, frozen. Moments are aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRequested:
    """Somebody asked for it; `to_staff` asks the reader to decide, else it tells the owners."""

    who: Correspondents
    organization: str
    requested_by: str
    reason: str
    decides_until: datetime
    link: str
    to_staff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReminder:
    """It still waits for somebody of the staff to decide; `days` days by now."""

    who: Correspondents
    organization: str
    requested_by: str
    days: int
    decides_until: datetime
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionEscalated(DeletionReminder):
    """The same, louder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionApproved:
    """It will be deleted at `deletes_at`; until then `link` leads to where that is undone."""

    who: Correspondents
    organization: str
    deletes_at: datetime
    link: str
    open_invoices: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRefused:
    """Nothing is deleted, for a reason."""

    who: Correspondents
    organization: str
    reason: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionExpired:
    """Nobody decided in time: nothing is deleted."""

    who: Correspondents
    organization: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRestored:
    """Somebody took it back; everything works as before."""

    who: Correspondents
    organization: str
    restored_by: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionDone:
    """It is deleted; `link` leads to the last archive and the certificate, until `available_until`."""

    who: Correspondents
    organization: str
    certificate: str
    link: str
    available_until: datetime
    open_invoices: int = 0
