"""The facts of letters about an organization's domains, frozen."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainConfirmation:
    """To a domain's postmaster: does the domain belong to the organization? `link` is for the reader only."""

    who: Correspondents
    domain: str
    asked_by: str
    link: str
    expires_at: datetime
