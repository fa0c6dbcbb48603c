"""The facts of letters about somebody's own data, frozen. Moments are aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReady:
    """The archive of `subject` (an organization's name, or "your account") can be fetched behind sign-in."""

    who: Correspondents
    subject: str
    size_bytes: int
    sha256: str
    link: str
    available_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureScheduled:
    """The account will be erased at `erases_at`; until then `link` leads to where that is undone."""

    who: Correspondents
    erases_at: datetime
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDone:
    """The account is erased; `link` leads to the certificate, until `available_until`."""

    who: Correspondents
    certificate: str
    link: str
    available_until: datetime
